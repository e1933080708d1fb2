import Box from '@mui/material/Box';
import Button from '@mui/material/Button';
import { useTranslation } from 'react-i18next';
import { Link } from 'react-router';
import { useStoreAlarms, type Store } from '../../api';
import { to } from '../../app/routes';
import { Icon } from '../../ui/icons';
import { Section } from '../../ui/Section';
import { Notice, QueryView, RowsSkeleton } from '../../ui/states';
import { POLL_MS } from '../poll';
import { AlarmLine } from './AlarmLine';

const SHOWN = 4;

/** What is wrong in this store now. */
export function OpenAlarms({ store }: { store: Store }) {
  const { t } = useTranslation();
  const query = useStoreAlarms({ id: store.id, open: true, limit: 20 }, { pollingInterval: POLL_MS, skipPollingIfUnfocused: true });
  return (
    <Section
      title={t('alarms.open')}
      asOf={query.data?.as_of}
      zone={store.timezone}
      flush
      actions={
        <Button component={Link} to={to.store(store.id, 'alarms')} size="small" endIcon={<Icon name="forward" />}>
          {t('alarms.all')}
        </Button>
      }
    >
      <QueryView
        query={query}
        skeleton={<RowsSkeleton rows={2} height={56} />}
        empty={(data) => (data.alarms.length === 0 ? <Notice state="good" icon="check" title={t('alarms.none.title')} text={t('alarms.none.text')} /> : null)}
      >
        {(data) => (
          <Box component="ul" sx={{ listStyle: 'none', m: 0, p: 0 }}>
            {data.alarms.slice(0, SHOWN).map((alarm) => (
              <AlarmLine key={alarm.id} alarm={alarm} zone={store.timezone} />
            ))}
          </Box>
        )}
      </QueryView>
    </Section>
  );
}
