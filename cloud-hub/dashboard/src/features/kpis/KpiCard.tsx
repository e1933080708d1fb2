import Box from '@mui/material/Box';
import IconButton from '@mui/material/IconButton';
import Paper from '@mui/material/Paper';
import Popover from '@mui/material/Popover';
import Typography from '@mui/material/Typography';
import { useId, useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { Kpi } from '../../api';
import { useFormat } from '../../i18n/useFormat';
import { Sparkline } from '../../ui/chart/Sparkline';
import { FRESHNESS_TONE, freshnessOf } from '../../ui/freshness';
import { Icon } from '../../ui/icons';
import { StatusChip } from '../../ui/StatusChip';
import { useLink } from '../../ui/useLink';
import { useNow } from '../../ui/useNow';

/** Where less is better: a rise is shown as a warning, not as a success. */
const FEWER_IS_BETTER: ReadonlySet<string> = new Set(['open_alarms', 'unsent_records']);
const NAMED = ['sales_today', 'receipts_today', 'average_basket', 'units_today', 'open_alarms', 'unsent_records'] as const;
type Named = (typeof NAMED)[number];

function isNamed(id: string): id is Named {
  return NAMED.some((known) => known === id);
}

/** One number with its age, what it is measured against, where it has been, and how it is made. */
export function KpiCard({ kpi, zone }: { kpi: Kpi; zone?: string }) {
  const { t } = useTranslation();
  const format = useFormat();
  const link = useLink();
  const now = useNow(5_000);
  const [anchor, setAnchor] = useState<HTMLElement | null>(null);
  const titleId = useId();
  const label = isNamed(kpi.id) ? t(`kpis.${kpi.id}`) : kpi.label;
  const aged = freshnessOf(kpi.as_of, link, now);
  const state = aged === 'live' ? kpi.freshness : aged;
  const show = (value: number) =>
    kpi.currency ? format.money({ amount: String(value), currency: kpi.currency }) : format.number(value, Math.abs(value) < 100 ? 1 : 0);
  const text = kpi.value === null || kpi.value === undefined ? t('kpis.none') : show(kpi.value);
  const mixed = (kpi.value === null || kpi.value === undefined) && kpi.unit === 'money' && !kpi.currency;

  return (
    <Paper
      component="li"
      aria-labelledby={titleId}
      data-kpi={kpi.id}
      sx={{ border: 1, borderColor: 'divider', p: { xs: 1.5, sm: 2 }, display: 'flex', flexDirection: 'column', minWidth: 0, position: 'relative' }}
    >
      <Box sx={{ display: 'flex', alignItems: 'flex-start', justifyContent: 'space-between', gap: 0.5, minHeight: 36 }}>
        <Typography id={titleId} component="h3" variant="caption" color="textSecondary" sx={{ fontWeight: 600, pt: 0.25 }}>
          {label}
        </Typography>
        <IconButton
          size="small"
          aria-label={t('kpis.explain', { label })}
          aria-haspopup="dialog"
          onClick={(event) => setAnchor(event.currentTarget)}
          sx={{ color: 'text.secondary', mt: -0.75, marginInlineEnd: -1 }}
        >
          <Icon name="info" sx={{ fontSize: 18 }} />
        </IconButton>
      </Box>
      <Typography
        component="p"
        data-kpi-value
        sx={{
          // A figure is never broken in two: a long one is set smaller.
          fontSize: text.length > 12 ? '1.0625rem' : text.length > 9 ? '1.25rem' : { xs: '1.375rem', sm: '1.5rem' },
          whiteSpace: 'nowrap',
          fontWeight: 650,
          lineHeight: 1.2,
          letterSpacing: '-0.02em',
          color: state === 'offline' || state === 'stale' ? 'text.secondary' : 'text.primary',
        }}
      >
        {text}
      </Typography>
      {mixed ? (
        <Typography variant="caption" color="textSecondary" component="p" sx={{ m: 0, mt: 0.25 }}>
          {t('kpis.mixed')}
        </Typography>
      ) : (
        <Compare kpi={kpi} show={show} />
      )}
      <Box sx={{ mt: 'auto', pt: 1 }}>
        {state === 'live' ? (
          <Sparkline points={kpi.spark} />
        ) : (
          <StatusChip tone={FRESHNESS_TONE[state]}>{t(`freshness.${state}Word`, { at: format.time(kpi.as_of, 'time', zone) })}</StatusChip>
        )}
      </Box>
      <Popover
        open={Boolean(anchor)}
        anchorEl={anchor}
        onClose={() => setAnchor(null)}
        anchorOrigin={{ vertical: 'bottom', horizontal: 'right' }}
        transformOrigin={{ vertical: 'top', horizontal: 'right' }}
        slotProps={{ paper: { role: 'dialog', 'aria-label': t('kpis.explain', { label }), sx: { p: 2, maxWidth: 320, border: 1, borderColor: 'divider' } } }}
      >
        <Typography variant="h3">{label}</Typography>
        <Typography variant="body2" sx={{ mt: 0.5 }}>
          {kpi.formula}
        </Typography>
        {kpi.compare && (
          <Typography variant="body2" sx={{ mt: 1 }}>
            {t('kpis.comparedWith', { value: show(kpi.compare.value), label: kpi.compare.label })}
          </Typography>
        )}
        <Typography variant="caption" color="textSecondary" component="p" sx={{ mt: 1, mb: 0 }}>
          {t('freshness.tip', { at: format.time(kpi.as_of, 'full', zone) })}
        </Typography>
      </Popover>
    </Paper>
  );
}

function Compare({ kpi, show }: { kpi: Kpi; show: (value: number) => string }) {
  const { t } = useTranslation();
  const format = useFormat();
  const { compare, value } = kpi;
  if (!compare || value === null || value === undefined) return <Box sx={{ minHeight: 20 }} />;
  const rise = Math.sign(value - compare.value);
  const good = rise === 0 ? null : FEWER_IS_BETTER.has(kpi.id) ? rise < 0 : rise > 0;
  const change = format.change(value, compare.value);
  // Beside the figure the pence of a thousand say nothing; the popover has them.
  const large = kpi.currency && Math.abs(compare.value) >= 1_000;
  const rounded = large ? format.money({ amount: String(compare.value), currency: kpi.currency as string }, 0) : show(compare.value);
  return (
    <Typography
      variant="caption"
      color="textSecondary"
      component="p"
      sx={{ mt: 0.25, mb: 0, display: 'flex', flexWrap: 'wrap', alignItems: 'center', columnGap: 0.75 }}
    >
      <Box
        component="span"
        sx={(theme) => ({
          fontWeight: 650,
          display: 'inline-flex',
          alignItems: 'center',
          color: good === null ? 'text.secondary' : theme.palette.tone[good ? 'good' : 'warn'].text,
        })}
      >
        {rise !== 0 && <Icon name={rise > 0 ? 'up' : 'down'} sx={{ fontSize: 15, marginInlineEnd: 0.25 }} />}
        {change ?? t(rise === 0 ? 'kpis.same' : rise > 0 ? 'kpis.more' : 'kpis.less')}
      </Box>
      <span>{t('kpis.versus', { value: rounded })}</span>
    </Typography>
  );
}
