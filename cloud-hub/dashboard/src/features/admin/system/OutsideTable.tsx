import Box from '@mui/material/Box';
import Typography from '@mui/material/Typography';
import { useTranslation } from 'react-i18next';
import type { CallState, Outside } from '../../../api';
import type { Tone } from '../../../app/theme';
import { useFormat } from '../../../i18n/useFormat';
import { SimpleTable, type Column } from '../../../ui/SimpleTable';
import { StatusChip } from '../../../ui/StatusChip';

const TONE: Record<CallState, Tone> = { closed: 'good', open: 'bad', trying: 'warn' };
const KNOWN = ['redis', 'influx'] as const;

/** What the hub calls outside of itself, and whether it goes on calling: a thing that fails too often is left alone for a while. */
export function OutsideTable({ outside, asOf }: { outside: Outside[]; asOf: string }) {
  const { t } = useTranslation('system');
  const format = useFormat();
  const again = (one: Outside) => format.time(Date.parse(asOf) + one.resting_ms, 'seconds');
  const columns: Column<Outside>[] = [
    {
      key: 'name',
      label: t('outside.column.name'),
      width: '24%',
      cell: (one) => {
        const known = KNOWN.find((each) => each === one.name);
        return (
          <Box component="span" sx={{ fontWeight: 650 }}>
            {one.name}
            {known && (
              <Typography variant="caption" color="textSecondary" component="span" sx={{ display: 'block', fontWeight: 400 }}>
                {t(`outside.means.${known}`)}
              </Typography>
            )}
          </Box>
        );
      },
    },
    {
      key: 'state',
      label: t('outside.column.state'),
      cell: (one) => (
        <Box component="span" sx={{ display: 'inline-flex', flexDirection: 'column', gap: 0.25, alignItems: 'flex-start' }}>
          <StatusChip tone={TONE[one.state]}>{t(`outside.state.${one.state}`)}</StatusChip>
          <Typography variant="caption" color="textSecondary">
            {t('outside.since', { at: format.moment(one.since, 'seconds', Date.parse(asOf)) })}
          </Typography>
          {one.state === 'open' && one.resting_ms > 0 && (
            <Typography variant="caption" color="textSecondary">
              {t('outside.again', { at: again(one) })}
            </Typography>
          )}
        </Box>
      ),
    },
    { key: 'failures', label: t('outside.column.failures'), number: true, cell: (one) => format.number(one.failures) },
    { key: 'opened', label: t('outside.column.opened'), number: true, cell: (one) => format.number(one.opened) },
    { key: 'error', label: t('outside.column.error'), width: '34%', cell: (one) => <Box component="span" sx={{ overflowWrap: 'anywhere' }}>{one.last_error ?? t('outside.noError')}</Box> },
  ];
  return <SimpleTable caption={t('outside.title')} columns={columns} rows={outside} rowKey={(one) => one.name} />;
}
