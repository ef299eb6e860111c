# SPDX-License-Identifier: GPL-2.0
"""Curves as SVG: a logarithmic axis of sizes, a linear one of times."""

import math
from typing import Dict, List, NamedTuple, Sequence, Tuple
from xml.sax.saxutils import escape

# Told apart also by those who do not tell red from green
COLOURS = ("#0072b2", "#d55e00", "#009e73", "#cc79a7", "#b8860b", "#56b4e9", "#444444", "#7b3294")
WIDTH, PANEL = 760, 300
LEFT, RIGHT, TOP, BOTTOM = 64, 120, 44, 48
LABEL_HEIGHT = 13.0


class Panel(NamedTuple):
    title: str
    curves: Dict[str, Dict[int, float]]  # by name: y by x


def step(largest: float, ticks: int = 5) -> float:
    """A distance of ticks that people like: 1, 2 or 5 times a power of ten."""
    rough = max(largest, 1e-9) / ticks
    power = 10 ** math.floor(math.log10(rough))
    return next(power * factor for factor in (1, 2, 5, 10) if power * factor >= rough)


def spread(wanted: Sequence[float], height: float, lowest: float) -> List[float]:
    """Places of labels near the wanted ones, none on top of another."""
    order = sorted(range(len(wanted)), key=lambda i: wanted[i])
    placed = [0.0] * len(wanted)
    last = -math.inf
    for i in order:
        last = max(wanted[i], last + height)
        placed[i] = last
    over = max(placed, default=0.0) - lowest
    for i in reversed(order):
        if over <= 0:
            break
        placed[i] = min(placed[i], lowest)
        lowest = placed[i] - height
    return placed


def panel_svg(panel: Panel, top: float, labels: Tuple[str, str], limit: float) -> List[str]:
    sizes = sorted({x for curve in panel.curves.values() for x in curve})
    largest = max([y for curve in panel.curves.values() for y in curve.values()] + [limit])
    tick = step(largest)
    end = math.ceil(largest / tick) * tick
    inner_width, inner_height = WIDTH - LEFT - RIGHT, PANEL - TOP - BOTTOM
    low, high = math.log2(sizes[0]), math.log2(sizes[-1])

    def at_x(x: float) -> float:
        return LEFT + inner_width * (math.log2(x) - low) / ((high - low) or 1)

    def at_y(y: float) -> float:
        return top + TOP + inner_height * (1 - y / end)

    out = [f'<text x="{LEFT}" y="{top + 28:.1f}" class="title">{escape(panel.title)}</text>']
    for number in range(round(end / tick) + 1):
        y = at_y(number * tick)
        out.append(
            f'<line x1="{LEFT}" x2="{WIDTH - RIGHT}" y1="{y:.1f}" y2="{y:.1f}" class="grid"/>'
        )
        out.append(f'<text x="{LEFT - 8}" y="{y + 4:.1f}" class="y">{number * tick:g}</text>')
    for size in sizes:
        x = at_x(size)
        below = top + PANEL - BOTTOM + 18
        out.append(f'<text x="{x:.1f}" y="{below:.1f}" class="x">{size}</text>')
    middle = LEFT + inner_width / 2
    y = at_y(limit)
    out.append(f'<line x1="{LEFT}" x2="{WIDTH - RIGHT}" y1="{y:.1f}" y2="{y:.1f}" class="limit"/>')
    out.append(f'<text x="{middle:.1f}" y="{y - 4:.1f}" class="note">limit {limit:g}</text>')
    out.append(
        f'<text x="{middle:.1f}" y="{top + PANEL - 10:.1f}" class="x">{escape(labels[0])}</text>'
    )
    across = top + TOP + inner_height / 2
    out.append(
        f'<text transform="translate(16 {across:.1f}) rotate(-90)" class="x">'
        f"{escape(labels[1])}</text>"
    )

    ends = [at_y(curve[max(curve)]) for curve in panel.curves.values()]
    places = spread(ends, LABEL_HEIGHT, top + PANEL - BOTTOM)
    for (name, curve), colour, place in zip(panel.curves.items(), COLOURS * 4, places):
        points = " ".join(f"{at_x(x):.1f},{at_y(curve[x]):.1f}" for x in sorted(curve))
        out.append(f'<polyline points="{points}" stroke="{colour}"/>')
        for x in sorted(curve):
            out.append(
                f'<circle cx="{at_x(x):.1f}" cy="{at_y(curve[x]):.1f}" r="2.5" fill="{colour}">'
                f"<title>{escape(name)}, {x}: {curve[x]:g}</title></circle>"
            )
        out.append(
            f'<text x="{WIDTH - RIGHT + 10}" y="{place + 4:.1f}" fill="{colour}">'
            f"{escape(name)}</text>"
        )
    return out


def svg(title: str, x_label: str, y_label: str, panels: Sequence[Panel], limit: float) -> str:
    """The whole picture, panels below each other."""
    height = 40 + PANEL * len(panels)
    out = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" '
        f'width="{WIDTH}" height="{height}" font-family="sans-serif" font-size="12">',
        "<style>.title{font-size:13px;font-weight:bold}.grid{stroke:#e2e2e2}"
        ".limit{stroke:#888;stroke-dasharray:5 4}.note{fill:#666;font-size:11px}"
        ".x{text-anchor:middle}.y{text-anchor:end}polyline{fill:none;stroke-width:2}</style>",
        f'<rect width="{WIDTH}" height="{height}" fill="#fff"/>',
        f'<text x="{LEFT}" y="24" font-size="15" font-weight="bold">{escape(title)}</text>',
    ]
    for number, panel in enumerate(panels):
        out += panel_svg(panel, 40 + PANEL * number, (x_label, y_label), limit)
    return "\n".join(out + ["</svg>", ""])
