import Table from '@mui/material/Table';
import TableBody from '@mui/material/TableBody';
import TableCell from '@mui/material/TableCell';
import TableHead from '@mui/material/TableHead';
import TableRow from '@mui/material/TableRow';
import Box from '@mui/material/Box';
import { useTranslation } from 'react-i18next';
import { useTillEvents, type Store, type TillEvent } from '../../api';
import type { Tone } from '../../app/theme';
import { useFormat } from '../../i18n/useFormat';
import { Section } from '../../ui/Section';
import { Notice, QueryView, RowsSkeleton } from '../../ui/states';
import { StatusChip } from '../../ui/StatusChip';

const TONE: Record<TillEvent['kind'], Tone> = { no_sale: 'quiet', quarantined: 'warn', image_only: 'quiet', tap_loss: 'bad', line_voided: 'quiet', sign_on: 'quiet', sign_off: 'quiet' };

/** Drawer openings without a sale, and what could not be read: kept for money's sake. */
export function TillEvents({ store }: { store: Store }) {
  const { t } = useTranslation();
  const format = useFormat();
  const query = useTillEvents({ id: store.id, limit: 50 });
  return (
    <Section title={t('tillEvents.title')} asOf={query.data?.as_of} zone={store.timezone} flush>
      <QueryView
        query={query}
        skeleton={<RowsSkeleton rows={3} />}
        empty={(data) =>
          data.events.length === 0 ? <Notice state="good" icon="check" title={t('tillEvents.empty.title')} text={t('tillEvents.empty.text')} /> : null
        }
      >
        {(data) => (
          <Box sx={{ overflowX: 'auto' }}>
            <Table size="small">
              <TableHead>
                <TableRow>
                  <TableCell sx={{ paddingInlineStart: { xs: 2, sm: 2.5 } }}>{t('receipt.time')}</TableCell>
                  <TableCell>{t('tillEvents.what')}</TableCell>
                  <TableCell>{t('receipt.till')}</TableCell>
                </TableRow>
              </TableHead>
              <TableBody>
                {data.events.map((event) => (
                  <TableRow key={event.id} data-event={event.kind}>
                    <TableCell sx={{ paddingInlineStart: { xs: 2, sm: 2.5 }, color: 'text.secondary', whiteSpace: 'nowrap', verticalAlign: 'top' }}>
                      {format.time(event.at, 'dayTime', store.timezone)}
                    </TableCell>
                    <TableCell>
                      <StatusChip tone={TONE[event.kind]}>{t(`tillEvents.kind.${event.kind}`)}</StatusChip>
                      {event.detail && <Box sx={{ color: 'text.secondary', mt: 0.25 }}>{event.detail}</Box>}
                      {event.text && (
                        <Box component="details" sx={{ mt: 0.5 }}>
                          <Box component="summary" sx={{ cursor: 'pointer', color: 'primary.main', minHeight: 24 }}>
                            {t('tillEvents.text')}
                          </Box>
                          <Box component="pre" tabIndex={0} sx={{ m: 0, mt: 0.5, p: 1, overflow: 'auto', maxHeight: 220, bgcolor: 'background.default', borderRadius: 1 }}>
                            {event.text}
                          </Box>
                        </Box>
                      )}
                    </TableCell>
                    <TableCell sx={{ verticalAlign: 'top' }}>{event.terminal}</TableCell>
                  </TableRow>
                ))}
              </TableBody>
            </Table>
          </Box>
        )}
      </QueryView>
    </Section>
  );
}
