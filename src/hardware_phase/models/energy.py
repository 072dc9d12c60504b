"""Electricity of computing: power at the meter, energy, its price, carbon and water, and its share of a supply.

Powers are in W, energies in Wh, money in US dollars. Every function takes floats or arrays that broadcast.
"""

import numpy as np

from hardware_phase.models.times import HOURS_PER_YEAR

Number = float | np.ndarray


def facility_power(it_power_w: Number, pue: Number) -> Number:
    """Power at the meter of a site whose computers draw `it_power_w`.

    Parameters
    ----------
    it_power_w : float or array
        Power of servers, network and storage, W.
    pue : float or array
        Power usage effectiveness: energy of the whole site over energy of its computers, at least 1.

    Returns
    -------
    float or array
        Power of the site, W (the definition of PUE by The Green Grid, ISO/IEC 30134-2).
    """
    return it_power_w * pue


def pue_from_overhead_share(overhead_share: Number) -> Number:
    """PUE of a site where `overhead_share` (0 to 1) of all energy does not reach the computers.

    Parameters
    ----------
    overhead_share : float or array
        Energy of cooling, conversion and lighting over the energy of the whole site.

    Returns
    -------
    float or array
        Power usage effectiveness.
    """
    return 1 / (1 - overhead_share)


def energy(power_w: Number, hours: Number = HOURS_PER_YEAR, load: Number = 1.0) -> Number:
    """Energy drawn in a time, by default a year at full load.

    Parameters
    ----------
    power_w : float or array
        Power at full load, W. Power of one chip and chip-hours for `hours` give the energy of a training run.
    hours : float or array
        Duration, h.
    load : float or array
        Mean power over full power, 0 to 1.

    Returns
    -------
    float or array
        Energy, Wh.
    """
    return power_w * hours * load


def electricity_cost(energy_wh: Number, usd_per_kwh: Number) -> Number:
    """Price of an amount of electricity.

    Parameters
    ----------
    energy_wh : float or array
        Energy, Wh.
    usd_per_kwh : float or array
        Tariff, US dollars per kWh.

    Returns
    -------
    float or array
        US dollars.
    """
    return energy_wh / 1e3 * usd_per_kwh


def emissions(energy_wh: Number, g_per_kwh: Number) -> Number:
    """Greenhouse gases of an amount of electricity, by the grid's mean intensity (location-based accounting).

    Parameters
    ----------
    energy_wh : float or array
        Energy, Wh.
    g_per_kwh : float or array
        Grid intensity, grams of CO2 equivalent per kWh.

    Returns
    -------
    float or array
        Grams of CO2 equivalent.
    """
    return energy_wh / 1e3 * g_per_kwh


def carbon_intensity(emissions_g: Number, energy_wh: Number) -> Number:
    """Grams of CO2 equivalent per kWh that a published pair of emissions and energy implies.

    Parameters
    ----------
    emissions_g : float or array
        Grams of CO2 equivalent.
    energy_wh : float or array
        Energy, Wh.

    Returns
    -------
    float or array
        Grams of CO2 equivalent per kWh.
    """
    return emissions_g / energy_wh * 1e3


def water_use(it_energy_wh: Number, litres_per_kwh: Number) -> Number:
    """Water for an amount of computing.

    Parameters
    ----------
    it_energy_wh : float or array
        Energy of the computers (not of the site), Wh.
    litres_per_kwh : float or array
        Water usage effectiveness, L per kWh of the computers' energy (The Green Grid's definition).

    Returns
    -------
    float or array
        Litres.
    """
    return it_energy_wh / 1e3 * litres_per_kwh


def share_of_supply(energy_wh: Number, supply_wh: Number) -> Number:
    """Share (0 to 1) that a demand takes of a supply.

    Parameters
    ----------
    energy_wh, supply_wh : float or array
        Energy in the same period, Wh.

    Returns
    -------
    float or array
        Share of the supply; above 1 when the demand exceeds it.
    """
    return energy_wh / supply_wh
