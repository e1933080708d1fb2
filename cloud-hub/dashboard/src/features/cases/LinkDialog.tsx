import Box from '@mui/material/Box';
import Button from '@mui/material/Button';
import Typography from '@mui/material/Typography';
import { useState, type ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { useAddCaseEntry, useAlerts, useTillEvents, useTransactions, type Case, type CaseLink } from '../../api';
import { useMay } from '../../app/SessionGate';
import type { Permission } from '../../api/permissions';
import { useFormat } from '../../i18n/useFormat';
import { Choice } from '../../ui/Choice';
import { FormDialog } from '../../ui/FormDialog';
import { QueryView, RowsSkeleton } from '../../ui/states';
import { useNames } from '../alerts/useNames';
import { SearchBar } from '../search/SearchBar';
import { readSearch } from '../search/search';
import { useSearched } from '../search/useSearched';

const KINDS = ['receipt', 'till_event', 'alert'] as const;
const NEEDS: Record<CaseLink['kind'], Permission> = { receipt: 'sales.read', till_event: 'sales.read', alert: 'alerts.read' };
/** Found at a time: who sees more narrows the search. */
const MOST = 50;

interface Offered {
  id: string;
  text: string;
  detail: string;
}
interface FindProps {
  found: Case;
  list: (offered: Offered[]) => ReactNode;
}

/** What a case is to rest on is searched for and chosen, in the store of the case. */
export default function LinkDialog({ found, onClose }: { found: Case; onClose: () => void }) {
  const { t } = useTranslation('cases');
  const may = useMay();
  const kinds = KINDS.filter((each) => may(NEEDS[each]));
  const [kind, setKind] = useState<CaseLink['kind']>(kinds[0] ?? 'alert');
  const [add, { isLoading, error, originalArgs }] = useAddCaseEntry();
  const [linked, setLinked] = useState<readonly string[]>(() => found.links.map((each) => each.id));
  const link = async (id: string) => {
    if (isLoading || linked.includes(id)) return;
    const answer = await add({ id: found.id, caseCommand: { command: 'link', link: { kind, id } } });
    if (answer.data) setLinked((before) => [...before, id]);
  };
  const asked = originalArgs?.caseCommand.command === 'link' ? originalArgs.caseCommand.link.id : null;
  const list = (offered: Offered[]) => (
    <Box component="ul" aria-label={t('find.found')} sx={{ listStyle: 'none', m: 0, p: 0 }}>
      {offered.map((each) => (
        <Box component="li" key={each.id} data-offered={each.id} sx={{ display: 'flex', alignItems: 'center', gap: 1, borderTop: 1, borderColor: 'divider', paddingBlock: 0.75 }}>
          <Box sx={{ flex: 1, minWidth: 0 }}>
            <Typography variant="body2" sx={{ fontWeight: 600 }}>
              {each.text}
            </Typography>
            <Typography variant="caption" color="textSecondary" component="div">
              {each.detail}
            </Typography>
          </Box>
          <Button
            size="small"
            variant="outlined"
            sx={{ minHeight: 44, flex: 'none', '&[aria-disabled]': { color: 'text.disabled', cursor: 'default' } }}
            // Not disabled: that would take the focus from it, and the keyboard with it.
            aria-disabled={linked.includes(each.id) || undefined}
            aria-busy={isLoading && asked === each.id}
            aria-label={t('find.linkNamed', { what: each.text })}
            onClick={() => void link(each.id)}
          >
            {t(linked.includes(each.id) ? 'find.linked' : 'find.link')}
          </Button>
        </Box>
      ))}
    </Box>
  );
  return (
    <FormDialog title={t('act.link')} onClose={onClose} error={error} maxWidth="md">
      <Box>
        <Choice label={t('linkKind')} value={kind} options={kinds.map((each) => ({ value: each, label: t(`links.${each}`) }))} onChange={setKind} />
      </Box>
      {kind === 'receipt' && <Receipts found={found} list={list} />}
      {kind === 'till_event' && <Events found={found} list={list} />}
      {kind === 'alert' && <Alerts found={found} list={list} />}
    </FormDialog>
  );
}

function Nothing({ text }: { text: string }) {
  return (
    <Typography variant="body2" color="textSecondary" role="status">
      {text}
    </Typography>
  );
}

function Receipts({ found, list }: FindProps) {
  const { t } = useTranslation('cases');
  const format = useFormat();
  const [search, setSearch] = useState(() => ({ ...readSearch(new URLSearchParams()), store: found.store_id }));
  const { zone, faults, skip, asked } = useSearched(search);
  const query = useTransactions({ ...asked, limit: MOST }, { skip });
  return (
    <>
      <Box sx={{ mx: { xs: -2, sm: -2.5 } }}>
        <SearchBar search={search} faults={faults} zone={zone.name} without={['store', 'product', 'cashier']} onChange={setSearch} />
      </Box>
      {!skip && (
        <QueryView query={{ ...query, data: query.currentData }} skeleton={<RowsSkeleton rows={4} />} empty={(data) => (data.transactions.length > 0 ? null : <Nothing text={t('find.noReceipt')} />)}>
          {(data) => {
            // A ticket stands here once, by the newest of its lines.
            const tickets = [...new Map(data.transactions.map((line) => [line.receipt_id, line] as const).reverse()).values()].reverse();
            return list(
              tickets.map((line) => ({
                id: line.receipt_id,
                text: t('find.receipt', { number: line.receipt_number, till: line.register }),
                detail: t('find.line', { at: format.time(line.transaction_time, 'dayTime', zone.id), name: line.name || line.sku, total: format.money(line.total_amount) }),
              })),
            );
          }}
        </QueryView>
      )}
    </>
  );
}

function Events({ found, list }: FindProps) {
  const { t } = useTranslation(['cases', 'translation']);
  const format = useFormat();
  const zone = useNames().zone(found.store_id);
  const query = useTillEvents({ id: found.store_id, limit: MOST });
  return (
    <QueryView query={query} skeleton={<RowsSkeleton rows={4} />} empty={(data) => (data.events.length > 0 ? null : <Nothing text={t('find.noEvent')} />)}>
      {(data) =>
        list(
          data.events.map((event) => ({
            id: event.id,
            text: t(`translation:tillEvents.kind.${event.kind}`),
            detail: [event.terminal, format.time(event.at, 'dayTime', zone), event.detail].filter(Boolean).join(' · '),
          })),
        )
      }
    </QueryView>
  );
}

function Alerts({ found, list }: FindProps) {
  const { t } = useTranslation('cases');
  const format = useFormat();
  const zone = useNames().zone(found.store_id);
  const query = useAlerts({ storeId: found.store_id, limit: MOST });
  return (
    <QueryView query={query} skeleton={<RowsSkeleton rows={4} />} empty={(data) => (data.alerts.length > 0 ? null : <Nothing text={t('find.noAlert')} />)}>
      {(data) => list(data.alerts.map((alert) => ({ id: alert.id, text: alert.title, detail: format.time(alert.opened_at, 'dayTime', zone) })))}
    </QueryView>
  );
}
