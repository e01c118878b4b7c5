"""The limits of the hub's network, as nftables has them (pure).

Rules behind it. A box needs one connection to the broker, a hub's twin two; whoever opens more than a few, opens them
too quickly, or sends more than any box has to say, is stopped before the broker sees it. Each address has limits of
its own, so nobody is locked out by another. Loopback is free: the center service itself speaks there. Only the
broker's port is looked at; what else may come in is the business of whoever sets up the box.
"""

from onedoor.device.config import DeviceConfig

CONNECTIONS = 8
"""Open connections of one address to the broker."""
NEW_A_MINUTE = 60
NEW_AT_ONCE = 30
KBYTES_A_SECOND = 512
MBYTES_AT_ONCE = 4


def rules(config: DeviceConfig) -> str:
    """`nftables.conf` of a box that runs the broker, or may after a promotion."""
    broker = config.broker
    port = broker.spare_port if config.role == "spare" else broker.port
    head = [
        "#!/usr/sbin/nft -f",
        "# Written by `onedoor config write` from center.toml. Change that file, not this one.",
        f"# {config.center} / {config.dev}: {config.role}",
        "# Load it with: nft -f FILE. It touches no other table.",
        "table inet onedoor",
        "delete table inet onedoor",
        "table inet onedoor {",
    ]
    sets = [line for v in (4, 6) for line in _sets(v)]
    chain = [
        "  chain broker {",
        "    type filter hook input priority filter - 5; policy accept;",
        '    iifname "lo" accept',
        f"    tcp dport != {port} accept",
        *(line for v, ip in ((4, "ip"), (6, "ip6")) for line in _limits(v, ip)),
        "  }",
        "}",
    ]
    return "\n".join((*head, *sets, *chain)) + "\n"


def _sets(v: int) -> list[str]:
    kind = f"type ipv{v}_addr; size 4096;"
    return [
        f"  set open{v} {{ {kind} flags dynamic; }}",
        f"  set new{v} {{ {kind} flags dynamic,timeout; timeout 5m; }}",
        f"  set bytes{v} {{ {kind} flags dynamic,timeout; timeout 5m; }}",
    ]


def _limits(v: int, ip: str) -> list[str]:
    new, mbytes = f"limit rate over {NEW_A_MINUTE}/minute burst {NEW_AT_ONCE} packets", MBYTES_AT_ONCE
    much = f"limit rate over {KBYTES_A_SECOND} kbytes/second burst {mbytes} mbytes"
    return [
        f"    ct state new add @open{v} {{ {ip} saddr ct count over {CONNECTIONS} }} counter reject with tcp reset",
        f"    ct state new update @new{v} {{ {ip} saddr {new} }} counter drop",
        f"    update @bytes{v} {{ {ip} saddr {much} }} counter drop",
    ]
