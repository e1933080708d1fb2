import { ThemeProvider } from '@mui/material/styles';
import { createRoot } from 'react-dom/client';
import { makeTheme } from '../../src/app/theme';
import TimeChart from '../../src/ui/chart/TimeChart';
import type { ChartModel } from '../../src/ui/chart/model';

/** The dashboard's own chart under more points than any page gives it: a curve with its band, a reading a second. */
const POINTS = 100_000;

function model(from: number): ChartModel {
  const times = Array.from({ length: POINTS }, (_, at) => (from + at) * 1_000);
  const values = times.map((at) => 4 + 2 * Math.sin(at / 7_200_000) + ((at / 1_000) % 17) / 10);
  const [low, high] = [values.map((value) => value - 0.4), values.map((value) => value + 0.4)];
  return { times, lines: [{ label: 'Fridge', kind: 'line', values, low, high, format: String }] };
}

const theme = makeTheme('light', 'ltr');
const root = createRoot(document.getElementById('root') as HTMLElement);
const axis = (value: number) => `${value} °C`;
const nothing = () => {};

/** Milliseconds from the points being there to the frame that shows them. */
function shown(points: ChartModel): Promise<number> {
  const began = performance.now();
  root.render(
    <ThemeProvider theme={theme}>
      <TimeChart model={points} zone="Europe/London" locale="en-GB" height={280} cursor={null} onCursor={nothing} axisFormat={axis} />
    </ThemeProvider>,
  );
  // A frame begins after what was drawn into the canvas for the one before it.
  return new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(() => done(performance.now() - began))));
}

async function measure(updates: number): Promise<{ first: number; updates: number[]; points: number }> {
  const models = Array.from({ length: updates + 1 }, (_, at) => model(1_760_000_000 + at * 60));
  const first = await shown(models[0] as ChartModel);
  const later: number[] = [];
  for (const points of models.slice(1)) later.push(await shown(points));
  return { first, updates: later, points: POINTS };
}

Object.assign(window, { measure });
