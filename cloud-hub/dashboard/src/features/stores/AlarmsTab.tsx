import Box from '@mui/material/Box';
import Button from '@mui/material/Button';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useSearchParams } from 'react-router';
import { useStoreAlarms, type Store } from '../../api';
import { Choice } from '../../ui/Choice';
import { Section } from '../../ui/Section';
import { Notice, ProblemView, QueryView, RowsSkeleton } from '../../ui/states';
import { AlarmLine } from '../alarms/AlarmLine';
import { SavedViews } from '../views/SavedViews';
import { TillEvents } from '../alarms/TillEvents';

const PAGE = 30;

/** Alarms of the store, open or all, and what the tills reported beside sales. */
export default function AlarmsTab({ store }: { store: Store }) {
  const { t } = useTranslation();
  const [params, setParams] = useSearchParams();
  const all = params.get('show') === 'all';
  const open = all ? undefined : true;
  const query = useStoreAlarms({ id: store.id, open, limit: PAGE });
  return (
    <Box sx={{ display: 'grid', gap: { xs: 1.5, md: 2 } }}>
      <Section
        title={t('alarms.title')}
        asOf={query.data?.as_of}
        zone={store.timezone}
        flush
        hint={<SavedViews page="alarms" />}
        actions={
          <Choice
            label={t('alarms.show')}
            value={all ? 'all' : 'open'}
            onChange={(next) => setParams(next === 'all' ? { show: 'all' } : {}, { replace: true })}
            options={[
              { value: 'open', label: t('alarms.showOpen') },
              { value: 'all', label: t('alarms.showAll') },
            ]}
          />
        }
      >
        <QueryView
          query={query}
          skeleton={<RowsSkeleton rows={5} height={64} />}
          empty={(data) =>
            data.alarms.length > 0 ? null : (
              <Notice
                state="good"
                icon="check"
                title={t(all ? 'alarms.never.title' : 'alarms.none.title')}
                text={t(all ? 'alarms.never.text' : 'alarms.none.text')}
              />
            )
          }
        >
          {(data) => (
            <Box component="ul" sx={{ listStyle: 'none', m: 0, p: 0 }}>
              {data.alarms.map((alarm) => (
                <AlarmLine key={alarm.id} alarm={alarm} zone={store.timezone} />
              ))}
              <More store={store} open={open} cursor={data.next_cursor} />
            </Box>
          )}
        </QueryView>
      </Section>
      <TillEvents store={store} />
    </Box>
  );
}

function More({ store, open, cursor }: { store: Store; open: true | undefined; cursor: string | null | undefined }) {
  const { t } = useTranslation();
  const [wanted, setWanted] = useState(false);
  const { data, error, isFetching, refetch } = useStoreAlarms(
    { id: store.id, open, limit: PAGE, cursor: cursor ?? undefined },
    { skip: !wanted || !cursor },
  );
  if (!cursor) return null;
  if (data && wanted) {
    return (
      <>
        {data.alarms.map((alarm) => (
          <AlarmLine key={alarm.id} alarm={alarm} zone={store.timezone} />
        ))}
        <More store={store} open={open} cursor={data.next_cursor} />
      </>
    );
  }
  return (
    <Box component="li" sx={{ borderTop: 1, borderColor: 'divider', p: 1, textAlign: 'center' }}>
      {error && !isFetching ? (
        <ProblemView error={error} retry={refetch} />
      ) : (
        <Button onClick={() => setWanted(true)} loading={isFetching}>
          {t('alarms.more')}
        </Button>
      )}
    </Box>
  );
}
