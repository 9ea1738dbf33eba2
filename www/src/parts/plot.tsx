// A plot over time, drawn by uPlot in the page's colours. The text beside it says in words what it shows.
import { useEffect, useRef } from "preact/hooks";
import uPlot from "uplot";
import "uplot/dist/uPlot.min.css";

import { clock } from "../data/words";
import { isDark } from "../state/theme";

const HEIGHT = 160;
/** The least pixels between two labels of the time: one is 55 wide. */
const TIME_SPACE = 80;
/** Room for half a label of the time at the right edge. */
const RIGHT_PADDING = 32;

export interface Line {
  readonly label: string;
  /** A custom property of the style sheet. */
  readonly colour: string;
  /** Points alone, or a line. */
  readonly points?: boolean;
  readonly fill?: boolean;
  readonly dash?: readonly number[];
}

interface Props {
  /** What it shows, for those who do not see it. */
  readonly label: string;
  readonly unit: string;
  readonly lines: readonly Line[];
  /** Seconds since the Unix epoch, and a list of values for each line. */
  readonly data: uPlot.AlignedData;
  /** The least that the upper end of the scale is. */
  readonly atLeast: number;
}

export function Plot({ label, unit, lines, data, atLeast }: Props) {
  const place = useRef<HTMLDivElement>(null);
  const plot = useRef<uPlot | null>(null);
  const dark = isDark();
  useEffect(() => {
    const element = place.current!;
    const made = new uPlot(options(element, unit, lines, atLeast), data, element);
    plot.current = made;
    const observer = new ResizeObserver(() => made.setSize({ width: element.clientWidth, height: HEIGHT }));
    observer.observe(element);
    return () => {
      observer.disconnect();
      made.destroy();
    };
  }, [dark]);
  useEffect(() => plot.current?.setData(data), [data]);
  return <div ref={place} class="plot" role="img" aria-label={label} />;
}

function options(element: HTMLElement, unit: string, lines: readonly Line[], atLeast: number): uPlot.Options {
  const style = getComputedStyle(element);
  const colour = (name: string) => style.getPropertyValue(name).trim();
  const axis: uPlot.Axis = {
    stroke: colour("--muted"),
    grid: { stroke: colour("--line"), width: 1 },
    ticks: { stroke: colour("--line"), width: 1 },
    font: "12px system-ui, sans-serif",
  };
  return {
    width: element.clientWidth,
    height: HEIGHT,
    padding: [null, RIGHT_PADDING, null, null],
    legend: { show: false },
    cursor: { show: false },
    scales: { y: { range: (_plot, _least, most) => [0, Math.max(atLeast, (most || 0) * 1.1)] } },
    axes: [{ ...axis, space: TIME_SPACE, values: (_plot, times) => times.map((seconds) => clock(seconds * 1_000)) }, { ...axis, size: 62, values: (_plot, values) => values.map((value) => `${value} ${unit}`) }],
    series: [
      {},
      ...lines.map(({ label, colour: name, points, fill, dash }): uPlot.Series => ({
        label,
        stroke: colour(name),
        width: points ? 0 : 2,
        points: points ? { show: true, size: 5, fill: colour(name) } : { show: false },
        ...(points && { paths: () => null }),
        ...(fill && { fill: `color-mix(in srgb, ${colour(name)} 20%, transparent)` }),
        ...(dash && { dash: [...dash] }),
      })),
    ],
  };
}
