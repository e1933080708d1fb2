import Box from '@mui/material/Box';
import Button from '@mui/material/Button';
import Skeleton from '@mui/material/Skeleton';
import Table from '@mui/material/Table';
import TableBody from '@mui/material/TableBody';
import TableCell from '@mui/material/TableCell';
import TableHead from '@mui/material/TableHead';
import TableRow from '@mui/material/TableRow';
import Typography from '@mui/material/Typography';
import { lazy, Suspense, useId, useState, type KeyboardEvent, type ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { useFormat } from '../../i18n/useFormat';
import { Icon } from '../icons';
import { Section } from '../Section';
import { lastIndex, type ChartModel } from './model';

const TimeChart = lazy(() => import('./TimeChart'));

interface ChartFrameProps {
  title: string;
  asOf?: string | null;
  zone?: string;
  model: ChartModel;
  /** The chart in a sentence: what a reader should take away. */
  summary: string;
  /** How a slot of time is called: an hour of the day, a day, a minute. */
  slot: (at: number) => string;
  axisFormat: (value: number) => string;
  height?: number;
  actions?: ReactNode;
  notice?: ReactNode;
}

/**
 * A chart with everything that a canvas cannot say: title, age, a sentence, a cursor for the keyboard whose position
 * is read out, and the same data as a table.
 */
export function ChartFrame(props: ChartFrameProps) {
  return (
    <Section title={props.title} asOf={props.asOf} zone={props.zone} actions={props.actions}>
      {props.notice}
      <ChartBody {...props} />
    </Section>
  );
}

export function ChartBody({ title, zone, model, summary, slot, axisFormat, height = 260 }: ChartFrameProps) {
  const { t } = useTranslation();
  const format = useFormat();
  const [cursor, setCursor] = useState<number | null>(null);
  const [asTable, setAsTable] = useState(false);
  const tableId = useId();
  const last = lastIndex(model);
  const at = Math.min(cursor ?? last, model.times.length - 1);

  const describe = (index: number) => {
    const time = model.times[index];
    if (time === undefined) return '';
    const parts = model.lines.flatMap((line) => {
      const value = line.values[index];
      if (value == null) return [];
      const low = line.low?.[index];
      const high = line.high?.[index];
      const text = `${line.label} ${line.format(value)}`;
      return low != null && high != null && (low !== value || high !== value)
        ? [t('chart.range', { text, low: line.format(low), high: line.format(high) })]
        : [text];
    });
    return t('chart.readout', { slot: slot(time), values: parts.length > 0 ? parts.join(', ') : t('chart.noValue') });
  };

  const move = (event: KeyboardEvent) => {
    const turn = document.documentElement.dir === 'rtl' ? -1 : 1;
    const page = Math.max(1, Math.round(model.times.length / 10));
    const to: Record<string, number> = {
      ArrowLeft: at - turn,
      ArrowRight: at + turn,
      PageUp: at + page,
      PageDown: at - page,
      Home: 0,
      End: last,
    };
    const next = to[event.key];
    if (next === undefined) return;
    event.preventDefault();
    setCursor(Math.max(0, Math.min(last, next)));
  };

  return (
    <Box>
      <Typography variant="body2" color="textSecondary" data-chart-summary>
        {summary}
      </Typography>
      {last >= 0 && (
        <>
          <Box
            role="slider"
            tabIndex={0}
            aria-label={t('chart.cursor', { title })}
            aria-orientation="horizontal"
            aria-valuemin={0}
            aria-valuemax={Math.max(0, last)}
            aria-valuenow={Math.max(0, at)}
            aria-valuetext={describe(at)}
            onKeyDown={move}
            dir="ltr"
            sx={{ mt: 1, borderRadius: 1, minHeight: height, '@media (forced-colors: active)': { forcedColorAdjust: 'none' } }}
          >
            <Suspense fallback={<Skeleton aria-busy variant="rounded" height={height} />}>
              <TimeChart
                model={model}
                zone={zone}
                locale={format.locale}
                height={height}
                cursor={cursor}
                onCursor={setCursor}
                axisFormat={axisFormat}
              />
            </Suspense>
          </Box>
          <Box sx={{ display: 'flex', flexWrap: 'wrap', alignItems: 'center', gap: 1, mt: 0.5, minHeight: 36 }}>
            <Typography variant="caption" color="textSecondary" sx={{ flex: 1, minWidth: '16ch' }}>
              {describe(at)}
            </Typography>
            <Button
              size="small"
              color="inherit"
              startIcon={<Icon name="table" />}
              aria-expanded={asTable}
              aria-controls={tableId}
              onClick={() => setAsTable((open) => !open)}
              sx={{ color: 'text.secondary' }}
            >
              {t(asTable ? 'chart.hideTable' : 'chart.showTable')}
            </Button>
          </Box>
          <Box id={tableId} hidden={!asTable}>
            {asTable && <DataTable title={title} model={model} slot={slot} />}
          </Box>
        </>
      )}
    </Box>
  );
}

function DataTable({ title, model, slot }: Pick<ChartFrameProps, 'title' | 'model' | 'slot'>) {
  const { t } = useTranslation();
  return (
    <Box tabIndex={0} role="region" aria-label={t('chart.table', { title })} sx={{ overflow: 'auto', maxHeight: 320, mt: 1 }}>
      <Table size="small" stickyHeader>
        <TableHead>
          <TableRow>
            <TableCell>{t('chart.time')}</TableCell>
            {model.lines.map((line) => (
              <TableCell key={line.label} align="right">
                {line.label}
              </TableCell>
            ))}
          </TableRow>
        </TableHead>
        <TableBody>
          {model.times.map((time, index) => (
            <TableRow key={time}>
              <TableCell component="th" scope="row">
                {slot(time)}
              </TableCell>
              {model.lines.map((line) => (
                <TableCell key={line.label} align="right">
                  {line.values[index] == null ? t('chart.none') : line.format(line.values[index] as number)}
                </TableCell>
              ))}
            </TableRow>
          ))}
        </TableBody>
      </Table>
    </Box>
  );
}
