import Box from '@mui/material/Box';
import Button from '@mui/material/Button';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useSearchParams } from 'react-router';
import { useAlerts } from '../../api';
import { useSession } from '../../app/SessionGate';
import { Section } from '../../ui/Section';
import { Notice, QueryView, RowsSkeleton } from '../../ui/states';
import { POLL_MS } from '../poll';
import { SavedViews } from '../views/SavedViews';
import { askFor, isFiltered, NO_FILTER, readFilter, writeFilter, type AlertFilter } from './alert';
import { AlertDrawer } from './AlertDrawer';
import { AlertFilterBar } from './AlertFilterBar';
import { AlertList } from './AlertList';

const PAGE = 50;

/** What wants somebody, newest first; the filter is in the address, and so is the open alert. */
export default function InboxTab() {
  const { t } = useTranslation('alerts');
  const { user } = useSession();
  const [params, setParams] = useSearchParams();
  const [pages, setPages] = useState(1);
  const filter = readFilter(params);
  const asked = askFor(filter, user.id);
  const query = useAlerts({ ...asked, limit: PAGE * pages }, { pollingInterval: POLL_MS, skipPollingIfUnfocused: true });
  const open = params.get('alert');
  const change = (next: AlertFilter) => {
    setPages(1);
    setParams(writeFilter(next), { replace: true });
  };
  const show = (id: string | null) => {
    const next = writeFilter(filter);
    if (id) next.set('alert', id);
    // An alert that is opened can be left by Back.
    setParams(next, { replace: id === null });
  };
  // More of the same list keeps what is there; another filter does not.
  const data = query.currentData ?? (pages > 1 ? query.data : undefined);
  return (
    <Section title={t('inbox')} asOf={data?.as_of} flush actions={<SavedViews page="alerts" />}>
      <AlertFilterBar filter={filter} counts={data?.counts} onChange={change} />
      <QueryView
        query={{ ...query, data }}
        skeleton={<RowsSkeleton rows={6} height={84} />}
        empty={(answer) =>
          answer.alerts.length > 0 ? null : isFiltered(filter) ? (
            <Notice
              state="no-match"
              role="status"
              icon="search"
              title={t('noMatch.title')}
              text={t('noMatch.text')}
              action={
                <Button variant="outlined" onClick={() => change(NO_FILTER)}>
                  {t('clear')}
                </Button>
              }
            />
          ) : (
            <Notice state="empty" icon="check" title={t('empty.title')} text={t('empty.text')} />
          )
        }
      >
        {(answer) => (
          <>
            <AlertList alerts={answer.alerts} group={filter.group} onOpen={show} />
            {answer.next_cursor && PAGE * pages < 500 && (
              <Box sx={{ borderTop: 1, borderColor: 'divider', p: 1, textAlign: 'center' }}>
                <Button loading={query.isFetching} onClick={() => setPages((before) => before + 1)}>
                  {t('more')}
                </Button>
              </Box>
            )}
          </>
        )}
      </QueryView>
      <AlertDrawer alertId={open} onClose={() => show(null)} />
    </Section>
  );
}
