"""Functions as courses hand them to a slider, beside those of `idioms`: how other authors write, in other fields.

Where the first try fails, ``mended`` is the same function after doing what the message says, and nothing else.
"""

from __future__ import annotations

import math
from collections import namedtuple

import numpy as np
import pandas as pd
from idioms import idiom


# mechanics
@idiom(m=(0.1, 5.0), c=(0.0, 4.0), k=(0.5, 20.0), x0=(-1.0, 1.0))
def damped_oscillator(m, c, k, x0):
    t = np.linspace(0, 20, 400)
    gamma = c / (2 * m)
    w0 = np.sqrt(k / m)
    if gamma < w0:
        wd = np.sqrt(w0**2 - gamma**2)
        x = x0 * np.exp(-gamma * t) * np.cos(wd * t)
        regime = "underdamped"
    elif np.isclose(gamma, w0):
        x = x0 * (1 + w0 * t) * np.exp(-w0 * t)
        regime = "critically damped"
    else:
        r1 = -gamma + np.sqrt(gamma**2 - w0**2)
        r2 = -gamma - np.sqrt(gamma**2 - w0**2)
        x = x0 * (r2 * np.exp(r1 * t) - r1 * np.exp(r2 * t)) / (r2 - r1)
        regime = "overdamped"
    return {"t": t, "x": x, "regime": regime}


# finance with a loop
@idiom(
    principal=(100, 10000, 100),
    rate=(0.0, 15.0, 0.25),
    years=(1, 40),
    compounding=[("yearly", 1), ("monthly", 12), ("daily", 365)],
)
def compound_interest(principal=1000, rate=5.0, years=10, compounding=12):
    balance = principal
    balances = [balance]
    for year in range(1, years + 1):
        balance *= (1 + rate / 100 / compounding) ** compounding
        balances.append(balance)
    return {"final": round(balance, 2), "gain": balances[-1] - principal}


# Newton with history
@idiom(x0=(0.5, 4.0), n_iter=(1, 12))
def newton_history(x0, n_iter):
    f = lambda x: x**3 - 2 * x - 5
    df = lambda x: 3 * x**2 - 2
    xs = [x0]
    for i in range(n_iter):
        xs.append(xs[-1] - f(xs[-1]) / df(xs[-1]))
    return {"root": xs[-1], "residual": abs(f(xs[-1]))}


# logistic bifurcation
@idiom(r=(2.5, 3.2), x0=(0.05, 0.95), n=(10, 60))
def logistic_series(r=2.8, x0=0.1, n=30):
    x = np.zeros(60)
    x[0] = x0
    for i in range(1, 60):
        x[i] = r * x[i - 1] * (1 - x[i - 1])
    return x[:n].mean(), x[-1]


# Monte Carlo pi with seed
@idiom(n=(10, 100, 10))
def monte_carlo_pi(n):
    np.random.seed(42)
    x = np.random.uniform(-1, 1, n)
    y = np.random.uniform(-1, 1, n)
    inside = x**2 + y**2 <= 1
    return {"pi": 4 * inside.sum() / n, "error": abs(4 * np.mean(inside) - np.pi)}


def projectile_while_mended(v0, angle, drag):
    g, dt = 9.81, 0.02
    vx = v0 * np.cos(np.deg2rad(angle))
    vy = v0 * np.sin(np.deg2rad(angle))
    x, y = [0.0], [0.0]
    for _ in range(400):
        flies = y[-1] >= 0
        v = np.sqrt(vx**2 + vy**2)
        vx -= drag * v * vx * dt
        vy -= (g + drag * v * vy) * dt
        x.append(np.where(flies, x[-1] + vx * dt, x[-1]))
        y.append(np.where(flies, y[-1] + vy * dt, y[-1]))
    return np.array(x), np.array(y)


# projectile with while loop
@idiom(mended=projectile_while_mended, v0=(5.0, 40.0), angle=(10, 80), drag=(0.0, 0.1))
def projectile_while(v0, angle, drag):
    g, dt = 9.81, 0.02
    vx = v0 * np.cos(np.deg2rad(angle))
    vy = v0 * np.sin(np.deg2rad(angle))
    x, y = [0.0], [0.0]
    while y[-1] >= 0:
        v = np.sqrt(vx**2 + vy**2)
        vx -= drag * v * vx * dt
        vy -= (g + drag * v * vy) * dt
        x.append(x[-1] + vx * dt)
        y.append(y[-1] + vy * dt)
    return np.array(x), np.array(y)


# SEIR Euler class
@idiom(r0=(0.5, 5.0), infectious=(2.0, 14.0), latent=(1.0, 10.0))
def seir(r0=2.5, infectious=7.0, latent=5.0):
    gamma, sigma = 1 / infectious, 1 / latent
    beta = r0 * gamma
    N = 1_000_000
    S, E, I, R = [N - 10], [0], [10], [0]
    for _ in range(180):
        new_e = beta * S[-1] * I[-1] / N
        new_i = sigma * E[-1]
        new_r = gamma * I[-1]
        S.append(S[-1] - new_e)
        E.append(E[-1] + new_e - new_i)
        I.append(I[-1] + new_i - new_r)
        R.append(R[-1] + new_r)
    return pd.DataFrame({"S": S, "E": E, "I": I, "R": R})


def lotka_volterra_mended(alpha, beta, delta, gamma):
    from explorables.explore import rk4

    def rhs(z, t):
        x, y = z
        return [alpha * x - beta * x * y, delta * x * y - gamma * y]

    y = rk4(rhs, [10, 5], np.linspace(0, 50, 301))
    return y[:, 0], y[:, 1]


# Lotka-Volterra by scipy.solve_ivp
@idiom(mended=lotka_volterra_mended, alpha=(0.2, 2.0), beta=(0.01, 0.1), delta=(0.01, 0.1), gamma=(0.1, 1.0))
def lotka_volterra(alpha, beta, delta, gamma):
    from scipy.integrate import solve_ivp

    def rhs(t, z):
        x, y = z
        return [alpha * x - beta * x * y, delta * x * y - gamma * y]

    sol = solve_ivp(rhs, [0, 50], [10, 5], t_eval=np.linspace(0, 50, 300))
    return sol.y[0], sol.y[1]


# Fourier sum with sum() and generator
x = np.linspace(-np.pi, np.pi, 500)


@idiom(N=(1, 20), shape=["square", "sawtooth", "triangle"])
def fourier_series(N, shape):
    y = np.zeros_like(x)
    for n in range(1, N + 1):
        if shape == "square":
            if n % 2 == 1:
                y += 4 / (n * np.pi) * np.sin(n * x)
        elif shape == "sawtooth":
            y += 2 * (-1) ** (n + 1) / n * np.sin(n * x)
        else:
            if n % 2 == 1:
                y += 8 / np.pi**2 * (-1) ** ((n - 1) // 2) / n**2 * np.sin(n * x)
    return y


# Taylor with math.factorial and list comprehension
@idiom(order=(0, 10), a=(-2.0, 2.0))
def taylor_exp(order, a):
    xs = np.linspace(-3, 3, 200)
    terms = [np.exp(a) * (xs - a) ** k / math.factorial(k) for k in range(order + 1)]
    approx = sum(terms)
    return {"x": xs, "exact": np.exp(xs), "approx": approx, "max_error": np.max(np.abs(np.exp(xs) - approx))}


# binomial pmf with math.comb
@idiom(n=(1, 25), p=(0.01, 0.99))
def binomial_pmf(n, p):
    k = np.arange(0, 26)
    pmf = np.array([math.comb(n, int(i)) * p**i * (1 - p) ** (n - i) if i <= n else 0.0 for i in k])
    return {"pmf": pmf, "mean": n * p, "sd": math.sqrt(n * p * (1 - p))}


def poisson_pmf_mended(lam):
    k = np.arange(30)
    return lam**k * np.exp(-lam) / np.array([math.factorial(i) for i in k])


# Poisson by scipy.stats
@idiom(mended=poisson_pmf_mended, lam=(0.5, 15.0))
def poisson_pmf(lam):
    from scipy import stats

    k = np.arange(30)
    return stats.poisson.pmf(k, lam)


# central limit
@idiom(sample_size=(1, 30), seed=(0, 5))
def central_limit(sample_size, seed):
    rng = np.random.default_rng(seed)
    means = rng.exponential(1.0, size=(200, sample_size)).mean(axis=1)
    counts, _ = np.histogram(means, bins=20, range=(0, 3))
    return {"counts": counts, "mean": means.mean(), "std": means.std(ddof=1)}


# random walk
@idiom(p=(0.1, 0.9), steps=(10, 100, 10), seed=(0, 9))
def random_walk(p, steps, seed):
    np.random.seed(seed)
    moves = np.where(np.random.rand(100) < p, 1, -1)
    path = np.concatenate([[0], np.cumsum(moves)])
    return {"path": path, "end": path[steps]}


# blackbody with dict of constants and peak
@idiom(T=(2000, 8000, 100))
def planck(T):
    wl = np.linspace(100e-9, 3000e-9, 300)
    h, c, kB = 6.62607015e-34, 299792458, 1.380649e-23
    B = 2 * h * c**2 / wl**5 / (np.exp(h * c / (wl * kB * T)) - 1)
    peak = wl[np.argmax(B)]
    return {"wavelength": wl * 1e9, "B": B / B.max(), "peak_nm": peak * 1e9}


# thin lens
@idiom(f=(2.0, 20.0), d_o=(1.0, 50.0), kind=["converging", "diverging"])
def thin_lens(f, d_o, kind="converging"):
    f = f if kind == "converging" else -f
    try:
        d_i = 1 / (1 / f - 1 / d_o)
    except ZeroDivisionError:
        d_i = np.inf
    m = -d_i / d_o
    image = "real" if d_i > 0 else "virtual"
    orientation = "inverted" if m < 0 else "upright"
    return {"d_i": d_i, "m": m, "description": image + ", " + orientation}


# Michelson
@idiom(d=(0.0, 2.0), wavelength=(400, 700), n=(1.0, 1.5))
def michelson(d, wavelength, n):
    lam = wavelength * 1e-3
    X, Y = np.meshgrid(np.linspace(-1, 1, 20), np.linspace(-1, 1, 20))
    r2 = X**2 + Y**2
    theta = np.sqrt(r2) / 10
    phase = 2 * np.pi / lam * 2 * n * d * np.cos(theta)
    intensity = np.cos(phase / 2) ** 2
    return intensity


# Mandelbrot escape at a point
@idiom(re=(-2.0, 0.5), im=(-1.2, 1.2))
def mandelbrot_point(re, im):
    c = complex(re, im)
    z = 0
    for n in range(20):
        if abs(z) > 2:
            return n
        z = z * z + c
    return 20


# PCA of a small matrix
data2 = np.array(
    [[2.5, 2.4], [0.5, 0.7], [2.2, 2.9], [1.9, 2.2], [3.1, 3.0], [2.3, 2.7], [2, 1.6], [1, 1.1], [1.5, 1.6], [1.1, 0.9]]
)


@idiom(angle=(0, 180))
def pca(angle):
    centred = data2 - data2.mean(axis=0)
    u = np.array([np.cos(np.radians(angle)), np.sin(np.radians(angle))])
    proj = centred @ u
    cov = np.cov(centred.T)
    return {"variance": proj.var(ddof=1), "quadratic": u @ cov @ u, "share": proj.var(ddof=1) / np.trace(cov)}


# polyfit
xd = np.arange(10.0)
yd = np.array([1.1, 1.8, 3.2, 3.9, 5.4, 5.9, 7.3, 7.8, 9.2, 9.8])


@idiom(degree=(1, 5), x_new=(0.0, 12.0))
def polyfit(degree, x_new):
    coef = np.polyfit(xd, yd, degree)
    pred = np.polyval(coef, xd)
    ss = np.sum((yd - pred) ** 2)
    return {
        "rmse": np.sqrt(ss / len(xd)),
        "prediction": np.polyval(coef, x_new),
        "r2": 1 - ss / np.sum((yd - yd.mean()) ** 2),
    }


# regression with outlier
@idiom(outlier=(-10.0, 30.0))
def outlier_fit(outlier):
    y = yd.copy()
    y[7] = outlier
    slope, intercept = np.polyfit(xd, y, 1)
    r = np.corrcoef(xd, y)[0, 1]
    return {"slope": slope, "intercept": intercept, "r": r, "line": slope * xd + intercept, "median": np.median(y)}


# gaussian mixture
def gauss(x, mu, sigma):
    return np.exp(-0.5 * ((x - mu) / sigma) ** 2) / (sigma * np.sqrt(2 * np.pi))


@idiom(mu1=(-3.0, 0.0), mu2=(0.0, 3.0), s1=(0.3, 2.0), s2=(0.3, 2.0), w=(0.0, 1.0))
def mixture(mu1, mu2, s1, s2, w):
    xs = np.linspace(-6, 6, 300)
    p = w * gauss(xs, mu1, s1) + (1 - w) * gauss(xs, mu2, s2)
    mean = np.trapezoid(xs * p, xs)
    return pd.DataFrame({"x": xs, "p": p}), mean


# supply and demand equilibrium
@idiom(a=(50, 150), b=(0.5, 3.0), c=(0, 40), d=(0.5, 3.0), tax=(0, 30))
def equilibrium(a, b, c, d, tax):
    P = (a - c + d * tax) / (b + d)
    Q = a - b * P
    Q = max(Q, 0)
    cs = 0.5 * (a / b - P) * Q
    ps = 0.5 * Q * Q / d
    return {"price": P, "quantity": Q, "consumer_surplus": cs, "producer_surplus": ps, "revenue": tax * Q}


# mortgage table as DataFrame
@idiom(loan=(50_000, 500_000, 10_000), rate=(0.5, 10.0), years=[10, 15, 30])
def mortgage_table(loan, rate, years):
    i = rate / 100 / 12
    n = years * 12
    pay = loan * i / (1 - (1 + i) ** -n)
    rows = []
    balance = loan
    for year in range(1, 11):
        interest = 0
        for _ in range(12):
            interest += balance * i
            balance = balance * (1 + i) - pay
        rows.append({"year": year, "interest": interest, "balance": balance})
    return pd.DataFrame(rows)


# Solow with namedtuple
Result = namedtuple("Result", "k y c")


@idiom(s=(0.05, 0.8), alpha=(0.2, 0.6), n=(0.0, 0.05), delta=(0.01, 0.15), k0=(0.5, 10.0))
def solow_growth(s=0.25, alpha=0.33, n=0.01, delta=0.05, k0=1.0):
    T = 100
    k = [k0]
    for t in range(T - 1):
        k.append((s * k[t] ** alpha + (1 - delta) * k[t]) / (1 + n))
    k = np.asarray(k)
    y = k**alpha
    return Result(k, y, (1 - s) * y)


# bond price
@idiom(face=(100, 1000, 100), coupon=(0.0, 10.0), ytm=(0.1, 12.0), maturity=(1, 30))
def bond(face, coupon, ytm, maturity):
    periods = np.arange(1, maturity + 1)
    cash = np.full(maturity, face * coupon / 100)
    cash[-1] += face
    discount = (1 + ytm / 100) ** periods
    price = np.sum(cash / discount)
    duration = np.sum(periods * cash / discount) / price
    return {"price": price, "duration": duration}


def black_scholes_norm_mended(S, K, T, r, sigma, kind):
    d1 = (np.log(S / K) + (r + sigma**2 / 2) * T) / (sigma * np.sqrt(T))
    d2 = d1 - sigma * np.sqrt(T)

    def cdf(z):
        return 0.5 * (1 + math.erf(z / 2**0.5))

    if kind == "call":
        return S * cdf(d1) - K * np.exp(-r * T) * cdf(d2)
    return K * np.exp(-r * T) * cdf(-d2) - S * cdf(-d1)


# Black-Scholes with scipy.stats.norm and greeks
@idiom(
    mended=black_scholes_norm_mended,
    S=(50.0, 150.0),
    K=(50.0, 150.0),
    T=(0.1, 2.0),
    r=(0.0, 0.1),
    sigma=(0.05, 0.6),
    kind=["call", "put"],
)
def black_scholes_norm(S, K, T, r, sigma, kind):
    from scipy.stats import norm

    d1 = (np.log(S / K) + (r + sigma**2 / 2) * T) / (sigma * np.sqrt(T))
    d2 = d1 - sigma * np.sqrt(T)
    if kind == "call":
        return S * norm.cdf(d1) - K * np.exp(-r * T) * norm.cdf(d2)
    return K * np.exp(-r * T) * norm.cdf(-d2) - S * norm.cdf(-d1)


# queueing M/M/c
@idiom(lam=(0.5, 9.0), mu=(1.0, 5.0), servers=(1, 8))
def queue(lam, mu, servers):
    rho = lam / (servers * mu)
    if rho >= 1:
        return {"wait": np.inf, "utilisation": 1.0}
    a = lam / mu
    p0 = 1 / (
        sum(a**k / math.factorial(k) for k in range(servers)) + a**servers / (math.factorial(servers) * (1 - rho))
    )
    lq = p0 * a**servers * rho / (math.factorial(servers) * (1 - rho) ** 2)
    return {"wait": lq / lam, "utilisation": rho}


def weak_acid_mended(pKa, C):
    Ka = 10**-pKa
    a, b, c = 1, Ka, -Ka * C
    h = (-b + np.sqrt(b**2 - 4 * a * c)) / (2 * a)
    return {"pH": -np.log10(h), "degree": h / C}


# weak acid equilibrium by quadratic / np.roots
@idiom(mended=weak_acid_mended, pKa=(2.0, 8.0), C=(0.001, 1.0))
def weak_acid(pKa, C):
    Ka = 10**-pKa
    roots = np.roots([1, Ka, -Ka * C])
    h = roots[roots > 0][0]
    return {"pH": -np.log10(h), "degree": h / C}


# pharmacokinetics repeated dose
@idiom(dose=(50, 500, 50), interval=(4, 24), ka=(0.2, 2.0), ke=(0.05, 0.19))
def pharmacokinetics(dose, interval, ka, ke):
    t = np.arange(0, 72, 0.5)
    conc = np.zeros_like(t)
    for k in range(10):
        td = t - k * interval
        mask = td >= 0
        conc[mask] += dose / 40 * ka / (ka - ke) * (np.exp(-ke * td[mask]) - np.exp(-ka * td[mask]))
    return {"t": t, "conc": conc, "cmax": conc.max()}


# RLC series, complex impedance
@idiom(R=(1.0, 100.0), L=(0.1, 10.0), C=(0.1, 10.0))
def rlc(R, L, C):
    f = np.logspace(1, 5, 200)
    w = 2 * np.pi * f
    Z = R + 1j * w * L * 1e-3 + 1 / (1j * w * C * 1e-6)
    H = R / Z
    return {"f": f, "gain_dB": 20 * np.log10(np.abs(H)), "phase": np.angle(H, deg=True)}


# wave packet complex
@idiom(k0=(1.0, 10.0), sigma=(0.2, 2.0), t=(0.0, 2.0))
def wave_packet(k0, sigma, t):
    xs = np.linspace(-10, 10, 201)
    psi = np.exp(-(xs**2) / (2 * sigma**2) + 1j * k0 * xs) * np.exp(-1j * k0**2 * t / 2)
    return {"re": psi.real, "im": psi.imag, "prob": np.abs(psi) ** 2}


# heat equation explicit
@idiom(D=(0.1, 0.5), steps=(1, 50))
def heat(D, steps):
    u = np.zeros(21)
    u[8:13] = 1.0
    for _ in range(steps):
        u[1:-1] = u[1:-1] + D * (u[2:] - 2 * u[1:-1] + u[:-2])
    return u


# ideal vs van der Waals
@idiom(T=(200.0, 500.0), gas={"CO2": (3.640, 0.04267), "N2": (1.370, 0.0387), "He": (0.0346, 0.0238)})
def van_der_waals(T, gas):
    a, b = gas
    R = 0.083145
    V = np.linspace(0.1, 2, 150)
    return {"V": V, "ideal": R * T / V, "real": R * T / (V - b) - a / V**2}


# radioactive chain
@idiom(half1=(0.5, 10.0), half2=(0.5, 10.0))
def decay_chain(half1=2.0, half2=5.0):
    l1, l2 = np.log(2) / half1, np.log(2) / half2
    ts = np.linspace(0, 30, 200)
    n1 = 100 * np.exp(-l1 * ts)
    if l1 == l2:
        n2 = 100 * l1 * ts * np.exp(-l1 * ts)
    else:
        n2 = 100 * l1 / (l2 - l1) * (np.exp(-l1 * ts) - np.exp(-l2 * ts))
    return {"parent": n1, "daughter": n2, "granddaughter": 100 - n1 - n2, "activity": l2 * n2}


# ROC / confusion
@idiom(threshold=(0.0, 1.0), separation=(0.0, 3.0))
def confusion(threshold, separation):
    rng = np.random.default_rng(0)
    neg = rng.normal(0, 1, 100)
    pos = rng.normal(0, 1, 100) + separation
    cut = -2 + 5 * threshold
    tp = np.sum(pos > cut)
    fp = np.sum(neg > cut)
    fn = len(pos) - tp
    tn = len(neg) - fp
    precision = tp / (tp + fp) if tp + fp > 0 else 0.0
    recall = tp / (tp + fn)
    return {"TP": tp, "FP": fp, "precision": precision, "recall": recall, "accuracy": (tp + tn) / 200}


# PID class
class PID:
    def __init__(self, kp, ki, kd):
        self.kp, self.ki, self.kd = kp, ki, kd
        self.integral = 0
        self.previous = 0

    def update(self, error, dt):
        self.integral += error * dt
        derivative = (error - self.previous) / dt
        self.previous = error
        return self.kp * error + self.ki * self.integral + self.kd * derivative


@idiom(kp=(0.0, 5.0), ki=(0.0, 2.0), kd=(0.0, 0.5))
def pid(kp, ki, kd):
    controller = PID(kp, ki, kd)
    y, v, dt, ys = 0.0, 0.0, 0.1, []
    for _ in range(100):
        u = controller.update(1.0 - y, dt)
        u = np.clip(u, -5, 5)
        v += (u - v) * dt
        y += v * dt
        ys.append(y)
    return {"y": np.array(ys), "overshoot": max(ys) - 1}


# Kepler's equation, Newton in loop with tolerance
@idiom(e=(0.0, 0.9), M=(0.0, 6.28))
def kepler(e, M):
    E = M
    for _ in range(50):
        dE = (E - e * math.sin(E) - M) / (1 - e * math.cos(E))
        E -= dE
        if abs(dE) < 1e-10:
            break
    return {
        "E": E,
        "r": 1 - e * math.cos(E),
        "nu": 2 * math.atan2(math.sqrt(1 + e) * math.sin(E / 2), math.sqrt(1 - e) * math.cos(E / 2)),
    }


# logistic regression boundary, softmax
@idiom(w0=(-3.0, 3.0), w1=(-3.0, 3.0), temperature=(0.1, 5.0))
def softmax(w0, w1, temperature):
    z = np.array([w0, w1, 0.0]) / temperature
    e = np.exp(z - np.max(z))
    p = e / e.sum()
    entropy = -np.sum(p * np.log(p))
    return {"a": p[0], "b": p[1], "c": p[2], "entropy": entropy}


# Markov chain power
@idiom(p=(0.05, 0.95), q=(0.05, 0.95), n=(0, 20))
def markov(p, q, n):
    P = np.array([[1 - p, p], [q, 1 - q]])
    Pn = np.linalg.matrix_power(P, n)
    return Pn[0]


def stability_mended(a, b, c, d):
    A = np.array([[a, b], [c, d]])
    tr, det = np.trace(A), np.linalg.det(A)
    disc = tr**2 - 4 * det
    if det < 0:
        kind = "saddle"
    elif disc < 0:
        kind = "spiral"
    else:
        kind = "node"
    root = np.sqrt(tr**2 / 4 - det + 0j)
    values = np.array([tr / 2 + root, tr / 2 - root])
    return {"trace": tr, "det": det, "kind": kind, "largest": np.max(values.real)}


# eigenvalues of 2x2
@idiom(mended=stability_mended, a=(-3.0, 3.0), b=(-3.0, 3.0), c=(-3.0, 3.0), d=(-3.0, 3.0))
def stability(a, b, c, d):
    A = np.array([[a, b], [c, d]])
    tr, det = np.trace(A), np.linalg.det(A)
    disc = tr**2 - 4 * det
    if det < 0:
        kind = "saddle"
    elif disc < 0:
        kind = "spiral"
    else:
        kind = "node"
    return {"trace": tr, "det": det, "kind": kind, "largest": np.max(np.linalg.eigvals(A).real)}


# Hardy-Weinberg with selection
@idiom(p0=(0.01, 0.99), wAA=(0.5, 1.0), wAa=(0.5, 1.0), waa=(0.5, 1.0), generations=(10, 100))
def selection(p0, wAA, wAa, waa, generations):
    p = p0
    freqs = []
    for g in range(generations):
        freqs.append(p)
        q = 1 - p
        wbar = p**2 * wAA + 2 * p * q * wAa + q**2 * waa
        p = (p**2 * wAA + p * q * wAa) / wbar
    return np.array(freqs)


# convolution / filter design window menu
@idiom(window=["rect", "hann", "hamming"], cutoff=(0.05, 0.45))
def fir(window, cutoff):
    n = np.arange(21) - 10
    h = 2 * cutoff * np.sinc(2 * cutoff * n)
    w = {"rect": np.ones(21), "hann": np.hanning(21), "hamming": np.hamming(21)}[window]
    h = h * w
    freqs = np.linspace(0, 0.5, 100)
    H = np.abs(np.exp(-2j * np.pi * freqs[:, None] * np.arange(21)[None, :]) @ h)
    return {"h": h, "H": H}


# aliasing: sampled sin
@idiom(f=(1.0, 20.0), fs=(5, 50))
def aliasing(f, fs):
    t_fine = np.linspace(0, 1, 500)
    n = np.arange(0, 1, 1 / fs)
    samples = np.sin(2 * np.pi * f * n)
    alias = abs(f - fs * round(f / fs))
    return {
        "signal": np.sin(2 * np.pi * f * t_fine),
        "alias": np.sin(2 * np.pi * alias * t_fine),
        "alias_f": alias,
        "rms": np.sqrt(np.mean(samples**2)),
    }


# quantile / boxplot of transformed data
sample = np.array([3.2, 1.5, 8.8, 4.1, 2.7, 9.9, 5.3, 6.1, 7.4, 0.6])


@idiom(lam=(-1.0, 2.0))
def box_cox(lam):
    y = (sample**lam - 1) / lam if lam != 0 else np.log(sample)
    q1, med, q3 = np.percentile(y, [25, 50, 75])
    return {"median": med, "iqr": q3 - q1, "mean": y.mean(), "sorted": np.sort(y)}


# knapsack-like: cumulated with dictionary per choice and printing of text
@idiom(mass=(40, 150), height=(1.4, 2.1))
def bmi(mass, height):
    value = mass / height**2
    category = "underweight" if value < 18.5 else "normal" if value < 25 else "overweight" if value < 30 else "obese"
    print(f"BMI {value:.1f}: {category}")
    return {"bmi": value, "category": category}


# game of life-ish / Ising energies: nested loops on grid
@idiom(J=(-1.0, 1.0), h=(-1.0, 1.0))
def ising_energy(J, h):
    rng = np.random.RandomState(3)
    s = rng.choice([-1, 1], size=(6, 6))
    E = 0
    for i in range(6):
        for j in range(6):
            E -= J * s[i, j] * (s[(i + 1) % 6, j] + s[i, (j + 1) % 6]) + h * s[i, j]
    return E / s.size


# Arrhenius with two temperatures, Series
@idiom(Ea=(10.0, 100.0), logA=(5.0, 15.0))
def arrhenius(Ea, logA):
    T = pd.Series(np.arange(280, 380, 10.0), name="T")
    k = 10**logA * np.exp(-Ea * 1000 / (8.314 * T))
    return k
