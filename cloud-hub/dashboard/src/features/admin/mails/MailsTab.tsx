import Alert from '@mui/material/Alert';
import Box from '@mui/material/Box';
import Button from '@mui/material/Button';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useSearchParams } from 'react-router';
import { useMails, type MailState } from '../../../api';
import { Choice } from '../../../ui/Choice';
import { Section } from '../../../ui/Section';
import { Notice, ProblemView, QueryView, RowsSkeleton } from '../../../ui/states';
import { POLL_MS } from '../../poll';
import { MailTable } from './MailTable';

const STATES: readonly MailState[] = ['waiting', 'failed', 'sent'];
const PAGE = 50;

/** What the hub wrote to people, and whether it went out. */
export default function MailsTab() {
  const { t } = useTranslation('routing');
  const [params, setParams] = useSearchParams();
  const state = STATES.find((each) => each === params.get('state'));
  const query = useMails({ state, limit: PAGE }, { pollingInterval: POLL_MS, skipPollingIfUnfocused: true });
  const data = query.currentData;
  const choose = (next: MailState | 'all') => setParams(next === 'all' ? {} : { state: next }, { replace: true });
  return (
    <Section title={t('mails.title')} asOf={data?.as_of} flush>
      <Box sx={{ paddingInline: { xs: 2, sm: 2.5 }, pb: 1.5, display: 'grid', gap: 1.5, justifyItems: 'start' }}>
        {data?.mail_server === false && (
          <Alert severity="warning" variant="outlined" sx={{ width: '100%' }}>
            {t('mails.noServer')}
          </Alert>
        )}
        <Choice
          label={t('mails.show')}
          value={state ?? 'all'}
          options={[{ value: 'all' as const, label: t('mails.all') }, ...STATES.map((each) => ({ value: each, label: t(`mails.state.${each}`) }))]}
          onChange={choose}
        />
      </Box>
      <QueryView
        query={{ ...query, data }}
        skeleton={<RowsSkeleton rows={6} height={52} />}
        empty={(page) =>
          page.mails.length > 0 ? null : state ? (
            <Notice
              state="no-match"
              role="status"
              icon="inbox"
              title={t('mails.noMatch')}
              action={
                <Button variant="outlined" onClick={() => choose('all')}>
                  {t('mails.clear')}
                </Button>
              }
            />
          ) : (
            <Notice state="empty" icon="inbox" title={t('mails.empty.title')} text={t('mails.empty.text')} />
          )
        }
      >
        {(page) => (
          <>
            <MailTable mails={page.mails} caption={t('mails.title')} />
            {/* Another filter begins again at the newest. */}
            <Older key={state} state={state} cursor={page.next_cursor} />
          </>
        )}
      </QueryView>
    </Section>
  );
}

/** The next page, once asked for; it hangs on the page above. */
function Older({ state, cursor }: { state: MailState | undefined; cursor: string | null }) {
  const { t } = useTranslation('routing');
  const [wanted, setWanted] = useState(false);
  const { data, error, isFetching, refetch } = useMails({ state, limit: PAGE, cursor: cursor ?? undefined }, { skip: !wanted || !cursor });
  if (!cursor) return null;
  if (data && wanted) {
    return (
      <>
        <MailTable mails={data.mails} caption={t('mails.olderCaption')} headless />
        <Older state={state} cursor={data.next_cursor} />
      </>
    );
  }
  if (error && !isFetching) return <ProblemView error={error} retry={refetch} />;
  return (
    <Box sx={{ borderTop: 1, borderColor: 'divider', p: 1, textAlign: 'center' }}>
      <Button onClick={() => setWanted(true)} loading={isFetching}>
        {t('mails.older')}
      </Button>
    </Box>
  );
}
