#pragma once

#include <memory>

#include "steps/action.hpp"

namespace bundle::actions {

/// `swapoff -a`; undo swaps on again what was on.
std::unique_ptr<steps::Action> turn_swap_off();

/// Where systemd would turn swap on at the next boot (zram-generator, a .swap unit, a swap partition that it
/// finds by itself): swap.target and these units are masked, those of /etc/systemd/system and services that
/// make a zram device are disabled. What /etc/fstab asks for goes with its lines. Comes after turn_swap_off,
/// so that undo starts what was active before it looks for devices that are still off.
std::unique_ptr<steps::Action> keep_swap_off();

/// Change types "swap" and "swap-units".
void undo_swap(host::Host& host, const steps::Change& change);
void undo_swap_units(host::Host& host, const steps::Change& change);

}  // namespace bundle::actions
