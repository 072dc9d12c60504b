"""Functions as teaching notebooks hand them to a slider, without their drawing: what `explore` is measured on.

Each is written as its field writes it, not as `explore` would like it. Where the first try fails, ``mended`` is the same
function after doing what the message says, and nothing else.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, field
from math import erf, exp, factorial, log, pi, sqrt
from typing import Any

import numpy as np
import pandas as pd


@dataclass
class Idiom:
    """A function, its inputs, and the function after what the message says."""

    function: Callable
    inputs: dict[str, Any]
    mended: Callable | None = None
    impossible: str = ""
    name: str = field(init=False)

    def __post_init__(self) -> None:
        self.name = self.function.__name__


IDIOMS: list[Idiom] = []


def idiom(*, mended: Callable | None = None, impossible: str = "", **inputs: Any) -> Callable:
    """Put a function on the list, with its inputs."""

    def add(function: Callable) -> Callable:
        IDIOMS.append(Idiom(function, inputs, mended, impossible))
        return function

    return add


t = np.linspace(0, 10, 501)
grid = np.linspace(-5, 5, 401)


# -- signals and waves -----------------------------------------------------------------------------------------------


@idiom(amplitude=(0.0, 2.0), frequency=(0.1, 3.0), phase=(0.0, 6.28))
def sine(amplitude=1, frequency=1, phase=0):
    return amplitude * np.sin(2 * np.pi * frequency * t + phase)


@idiom(terms=(1, 15))
def square_wave(terms=5):
    total = np.zeros_like(t)
    for k in range(terms):
        n = 2 * k + 1
        total += 4 / (np.pi * n) * np.sin(n * t)
    return total


@idiom(kind=["sine", "square", "sawtooth"], frequency=(1, 5))
def waveform(kind, frequency):
    if kind == "sine":
        y = np.sin(frequency * t)
    elif kind == "square":
        y = np.sign(np.sin(frequency * t))
    else:
        y = 2 * (frequency * t / (2 * np.pi) % 1) - 1
    return t, y


def low_pass_mended(f_c, f):
    return {"gain": 1 / np.hypot(1, f / f_c), "phase": -np.arctan2(f / f_c, 1)}


@idiom(f_c=(10.0, 1000.0), f=(1.0, 5000.0), mended=low_pass_mended)
def low_pass(f_c, f):
    h = 1 / (1 + 1j * f / f_c)
    return {"gain": np.abs(h), "phase": np.angle(h)}


@idiom(width=(1, 9))
def moving_average(width):
    data = np.sin(np.arange(40) * 0.3) + 0.2 * np.cos(np.arange(40) * 2.1)
    return np.convolve(data, np.ones(width) / width, mode="same")


@idiom(n=(2, 32), impossible="the length of the transform is on the slider")
def spectrum(n):
    return np.abs(np.fft.rfft(np.sin(np.arange(n))))


@idiom(d=(1.0, 10.0), a=(0.5, 3.0), wavelength=(0.4, 0.8))
def two_slits(d, a, wavelength):
    beta = a * np.sin(grid / 10) / wavelength
    alpha = np.pi * d * np.sin(grid / 10) / wavelength
    return np.sinc(beta) ** 2 * np.cos(alpha) ** 2


# -- control and circuits -----------------------------------------------------------------------------------------------


@idiom(zeta=(0.05, 2.0), omega=(0.5, 3.0))
def step_response(zeta=0.3, omega=1.0):
    if zeta < 1:
        w = omega * np.sqrt(1 - zeta**2)
        y = 1 - np.exp(-zeta * omega * t) * (np.cos(w * t) + zeta * omega / w * np.sin(w * t))
    elif zeta == 1:
        y = 1 - np.exp(-omega * t) * (1 + omega * t)
    else:
        r = omega * np.sqrt(zeta**2 - 1)
        s1, s2 = -zeta * omega + r, -zeta * omega - r
        y = 1 + (s2 * np.exp(s1 * t) - s1 * np.exp(s2 * t)) / (s1 - s2)
    return y


@idiom(kp=(0.0, 5.0), ki=(0.0, 1.0), setpoint=(10, 30))
def pi_controller(kp=1.0, ki=0.1, setpoint=20):
    temperature = np.zeros(60)
    temperature[0] = 10
    integral = 0
    for k in range(1, 60):
        error = setpoint - temperature[k - 1]
        integral += error
        power = min(max(kp * error + ki * integral, 0), 100)
        temperature[k] = temperature[k - 1] + 0.05 * power - 0.1 * (temperature[k - 1] - 10)
    return temperature


@idiom(r=(1.0, 100.0), c=(1.0, 50.0), charging=True)
def capacitor(r, c, charging):
    tau = r * c / 100
    if charging:
        return {"v": 5 * (1 - np.exp(-t / tau)), "tau": tau}
    return {"v": 5 * np.exp(-t / tau), "tau": tau}


# -- mechanics and physics ---------------------------------------------------------------------------------------------


@idiom(angle=(5, 85), speed=(1.0, 50.0))
def projectile(angle, speed):
    a = math.radians(angle)
    flight = 2 * speed * math.sin(a) / 9.81
    time = np.linspace(0, flight, 50)
    return {
        "x": speed * math.cos(a) * time,
        "y": speed * math.sin(a) * time - 0.5 * 9.81 * time**2,
        "range": speed**2 * math.sin(2 * a) / 9.81,
    }


@idiom(length=(0.1, 2.0), damping=(0.0, 1.0))
def pendulum(length, damping):
    theta, omega = 0.5, 0.0
    angles = []
    dt = 0.05
    for _ in range(100):
        angles.append(theta)
        omega = omega + dt * (-9.81 / length * np.sin(theta) - damping * omega)
        theta = theta + dt * omega
    return np.array(angles)


@idiom(temperature=(200.0, 2000.0))
def blackbody(temperature):
    h, c, k = 6.626e-34, 2.998e8, 1.381e-23
    wavelength = np.linspace(0.5e-6, 20e-6, 200)
    return 2 * h * c**2 / wavelength**5 / (np.exp(h * c / (wavelength * k * temperature)) - 1)


@idiom(n=(0, 6))
def oscillator(n):
    h = [np.ones_like(grid), 2 * grid]
    for k in range(1, 7):
        h.append(2 * grid * h[k] - 2 * k * h[k - 1])
    return h[n] * np.exp(-(grid**2) / 2) / sqrt(2**n * factorial(n) * sqrt(pi))


@idiom(m1=(1.0, 10.0), m2=(1.0, 10.0), k=(1.0, 50.0))
def coupled(m1, m2, k):
    a = np.array([[2 * k / m1, -k / m1], [-k / m2, 2 * k / m2]])
    trace, det = a[0, 0] + a[1, 1], np.linalg.det(a)
    root = math.sqrt(trace**2 / 4 - det)
    return math.sqrt(trace / 2 - root), math.sqrt(trace / 2 + root)


@idiom(theta=(0.0, 90.0), n1=(1.0, 2.5), n2=(1.0, 2.5))
def snell(theta, n1, n2):
    s = n1 / n2 * np.sin(np.radians(theta))
    if s > 1:
        return {"refracted": np.nan, "total": True}
    return {"refracted": np.degrees(np.arcsin(s)), "total": False}


@idiom(x=(-2.0, 2.0), y=(-2.0, 2.0))
def polar(x, y):
    return {"r": math.hypot(x, y), "theta": math.atan2(y, x)}


@idiom(alpha=(0.0, 360.0))
def rotate(alpha):
    a = np.deg2rad(alpha)
    r = np.array([[np.cos(a), -np.sin(a)], [np.sin(a), np.cos(a)]])
    return r @ np.array([1.0, 2.0])


# -- chemistry and life -------------------------------------------------------------------------------------------------


@idiom(k=(0.1, 5.0), q_max=(1.0, 10.0))
def langmuir(k, q_max):
    p = np.linspace(0, 10, 1000)
    return q_max * k * p / (1 + k * p)


@idiom(vmax=(1.0, 10.0), km=(0.1, 5.0), inhibitor={"none": 0.0, "weak": 1.0, "strong": 5.0})
def michaelis(vmax, km, inhibitor):
    s = np.arange(0, 20, 0.1)
    return {"rate": vmax * s / (km * (1 + inhibitor) + s), "half": vmax / 2}


@idiom(beta=(0.1, 1.0), gamma=(0.02, 0.5), days=(30, 100))
def sir(beta=0.3, gamma=0.1, days=60):
    s, i, r = np.zeros(100), np.zeros(100), np.zeros(100)
    s[0], i[0] = 0.99, 0.01
    for day in range(99):
        s[day + 1] = s[day] - beta * s[day] * i[day]
        i[day + 1] = i[day] + beta * s[day] * i[day] - gamma * i[day]
        r[day + 1] = r[day] + gamma * i[day]
    return {"peak": i.max(), "at the end": r[days - 1]}


def lotka_mended(prey, predators):
    from explorables.explore import rk4

    states = rk4(lambda y, _: [y[0] * (1 - y[1]), y[1] * (y[0] - 1)], [prey, predators], np.linspace(0, 5, 51))
    return {"prey": states[:, 0], "predators": states[:, 1]}


@idiom(prey=(0.5, 2.0), predators=(0.5, 2.0), mended=lotka_mended)
def lotka(prey, predators):
    from scipy.integrate import odeint

    states = odeint(lambda y, _: [y[0] * (1 - y[1]), y[1] * (y[0] - 1)], [prey, predators], np.linspace(0, 5, 51))
    return {"prey": states[:, 0], "predators": states[:, 1]}


@idiom(r=(0.5, 2.9), x0=(0.1, 0.9))
def logistic_map(r, x0):
    x = [x0]
    for _ in range(50):
        x.append(r * x[-1] * (1 - x[-1]))
    return x


@idiom(ph=(2.0, 12.0), pka=(3.0, 10.0))
def buffer(ph, pka):
    ratio = 10 ** (ph - pka)
    return {"ionised": ratio / (1 + ratio), "acid": 1 / (1 + ratio)}


def rate_law_mended(order, k):
    c0 = 2.0
    return np.select([order == 0, order == 1], [np.maximum(c0 - k * t, 0), c0 * np.exp(-k * t)], c0 / (1 + k * c0 * t))


@idiom(order=[0, 1, 2], k=(0.01, 1.0), mended=rate_law_mended)
def rate_law(order, k):
    c0 = 2.0
    laws = {0: lambda: np.maximum(c0 - k * t, 0), 1: lambda: c0 * np.exp(-k * t), 2: lambda: c0 / (1 + k * c0 * t)}
    return laws[order]()


# -- statistics and data --------------------------------------------------------------------------------------------


@idiom(mu=(-2.0, 2.0), sigma=(0.3, 3.0))
def normal(mu, sigma):
    pdf = np.exp(-((grid - mu) ** 2) / (2 * sigma**2)) / (sigma * np.sqrt(2 * np.pi))
    return {"pdf": pdf, "below 0": 0.5 * (1 + erf((0 - mu) / (sigma * sqrt(2))))}


@idiom(n=(1, 30), p=(0.0, 1.0))
def binomial(n, p):
    k = np.arange(31)
    weights = np.array([math.comb(n, i) if i <= n else 0 for i in k])
    return weights * p**k * (1 - p) ** np.maximum(n - k, 0)


def sampling_mended(n, mu):
    rng = np.random.default_rng(1)
    draws = mu + rng.normal(size=100)
    return draws[:n].mean(), draws[:n].std()


@idiom(n=(5, 100), mu=(-1.0, 1.0), mended=sampling_mended)
def sampling(n, mu):
    draws = mu + np.random.normal(size=100)
    return draws[:n].mean(), draws[:n].std()


@idiom(slope=(-2.0, 2.0), intercept=(-3.0, 3.0))
def fit_by_hand(slope, intercept):
    x = np.array([0.0, 1, 2, 3, 4, 5])
    y = np.array([1.1, 1.9, 3.2, 3.9, 5.1, 5.8])
    residuals = y - (slope * x + intercept)
    return {"line": slope * x + intercept, "rmse": np.sqrt(np.mean(residuals**2)), "largest": max(abs(residuals))}


@idiom(degree=(0, 5))
def taylor(degree):
    y = np.zeros(len(grid))
    for k in range(degree + 1):
        y += (-1) ** k * grid ** (2 * k + 1) / factorial(2 * k + 1)
    return y


@idiom(prior=(0.001, 0.5), sensitivity=(0.5, 1.0), specificity=(0.5, 1.0))
def bayes(prior, sensitivity, specificity):
    positive = prior * sensitivity + (1 - prior) * (1 - specificity)
    return {"posterior": prior * sensitivity / positive, "tested": positive}


@idiom(bandwidth=(0.1, 2.0))
def kernel_density(bandwidth):
    data = np.array([-2.1, -1.3, -0.4, 1.9, 5.1, 6.2])
    z = (grid[::8, None] - data[None, :]) / bandwidth
    return np.exp(-0.5 * z**2).sum(axis=1) / (len(data) * bandwidth * np.sqrt(2 * np.pi))


@idiom(nugget=(0.0, 1.0), sill=(0.5, 2.0), reach=(1.0, 9.0), model=["spherical", "exponential"])
def variogram(nugget, sill, reach, model):
    h = np.linspace(0, 10, 101)
    if model == "spherical":
        g = np.where(h < reach, 1.5 * h / reach - 0.5 * (h / reach) ** 3, 1.0)
    else:
        g = 1 - np.exp(-3 * h / reach)
    return nugget + (sill - nugget) * g


# -- economics ------------------------------------------------------------------------------------------------------


@idiom(rate=(0.01, 0.2), years=(1, 40), monthly=False)
def mortgage(rate, years, monthly):
    n = years * 12 if monthly else years
    i = rate / 12 if monthly else rate
    payment = 1000 * i / (1 - (1 + i) ** -n)
    return payment, payment * n


@idiom(s=(0.05, 0.6), delta=(0.02, 0.2), alpha=(0.2, 0.6))
def solow(s, delta, alpha):
    k = np.empty(80)
    k[0] = 0.5
    for year in range(79):
        k[year + 1] = s * k[year] ** alpha + (1 - delta) * k[year]
    return {"capital": k, "steady": (s / delta) ** (1 / (1 - alpha))}


@idiom(price=(1.0, 20.0), tax=(0.0, 5.0))
def market(price, tax):
    demand = max(0, 100 - 5 * price)
    supply = max(0, 8 * (price - tax) - 10)
    return {"sold": min(demand, supply), "short": demand > supply}


@idiom(spot=(50.0, 150.0), strike=(50.0, 150.0), vol=(0.05, 0.8))
def black_scholes(spot, strike, vol):
    d1 = (log(spot / strike) + vol**2 / 2) / vol
    d2 = d1 - vol
    return spot * 0.5 * (1 + erf(d1 / sqrt(2))) - strike * 0.5 * (1 + erf(d2 / sqrt(2)))


@idiom(income=(0.0, 200.0))
def income_tax(income):
    tax, lower = 0.0, 0.0
    for upper, rate in [(10, 0.0), (40, 0.2), (120, 0.4), (1e9, 0.45)]:
        if income > lower:
            tax += (min(income, upper) - lower) * rate
        lower = upper
    return tax


def discounted_mended(growth, horizon):
    year = np.arange(1, 31)
    flows = {"year": year, "flow": 100 * (1 + growth) ** year}
    return {"value": sum(flow / 1.05**y for y, flow in zip(flows["year"][:horizon], flows["flow"], strict=False))}


@idiom(growth=(0.0, 0.1), horizon=(5, 30), mended=discounted_mended)
def discounted(growth, horizon):
    flows = pd.DataFrame({"year": np.arange(1, 31), "flow": [100 * (1 + growth) ** y for y in range(1, 31)]})
    return {"value": sum(flow / 1.05**y for y, flow in zip(flows["year"][:horizon], flows["flow"], strict=False))}


# -- numerics -------------------------------------------------------------------------------------------------------


@idiom(a=(1.0, 100.0), steps=(1, 10))
def newton(a, steps):
    x = a
    for _ in range(steps):
        x = 0.5 * (x + a / x)
    return {"root": x, "error": abs(x - np.sqrt(a))}


def bisection_mended(c):
    low, high = 0.0, 2.0
    for _ in range(30):
        middle = (low + high) / 2
        below = middle**3 + middle < c
        low, high = np.where(below, middle, low), np.where(below, high, middle)
    return (low + high) / 2


@idiom(c=(0.1, 5.0), mended=bisection_mended)
def bisection(c):
    low, high = 0.0, 2.0
    while high - low > 1e-8:
        middle = (low + high) / 2
        if middle**3 + middle < c:
            low = middle
        else:
            high = middle
    return (low + high) / 2


@idiom(n=(2, 40))
def trapezium(n):
    x = np.linspace(0, np.pi, n)
    return np.trapezoid(np.sin(x), x)


@idiom(a=(1.0, 5.0), b=(-1.0, 1.0))
def system(a, b):
    matrix = np.array([[a, b, 0], [b, a, b], [0, b, a]])
    return np.linalg.solve(matrix, np.array([1.0, 2.0, 3.0]))


@idiom(start=(-2.0, 2.0), rate=(0.01, 0.4))
def gradient_descent(start, rate):
    path = [start]
    for _ in range(25):
        x = path[-1]
        path.append(x - rate * (2 * x + 0.5))
    return np.array(path)


def label_mended(celsius):
    return {"fahrenheit": 1.8 * celsius + 32, "said": np.where(celsius > 25, "warm", "cold")}


@idiom(celsius=(-10.0, 40.0), mended=label_mended)
def label(celsius):
    said = f"{1.8 * celsius + 32:.1f} °F is " + ("warm" if celsius > 25 else "cold")
    return {"said": said}


@idiom(a=(-2.0, 2.0), impossible="scipy.optimize looks for the place of a minimum")
def minimum(a):
    from scipy.optimize import minimize

    return minimize(lambda x: x[0] ** 2 + a * x[0], [0.0]).x[0]


@idiom(k=(0.1, 2.0))
def decay_with_print(k):
    half = np.log(2) / k
    print("half-life", half)
    return exp(-k), half
