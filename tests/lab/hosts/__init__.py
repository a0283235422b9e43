"""The lab's site: Debian in the shape of Enterprise Linux, booted with systemd-nspawn on a bridge without a way out."""
