import Box from '@mui/material/Box';
import Button from '@mui/material/Button';
import List from '@mui/material/List';
import ListItem from '@mui/material/ListItem';
import ListItemButton from '@mui/material/ListItemButton';
import Typography from '@mui/material/Typography';
import { useMemo, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { Link } from 'react-router';
import { useAlarms, useDevices, useStores } from '../../api';
import { to } from '../../app/routes';
import { useFormat } from '../../i18n/useFormat';
import { Icon, type IconName } from '../../ui/icons';
import { Section } from '../../ui/Section';
import { Notice, QueryView, RowsSkeleton } from '../../ui/states';
import { StatusChip } from '../../ui/StatusChip';
import { useNow } from '../../ui/useNow';
import { POLL_MS } from '../poll';
import { tasksOf, type Task } from './doNow';

const SHOWN = 5;
const ICON: Record<Task['kind'], IconName> = { alarm: 'warn', loss: 'lost', offline: 'cloudOff', backlog: 'upload', dead_letters: 'inbox' };
const polled = { pollingInterval: POLL_MS, skipPollingIfUnfocused: true };

/** Open alarms and stores whose data does not arrive, worst first. Every line leads to where it is dealt with. */
export function DoNow() {
  const { t } = useTranslation();
  const stores = useStores(undefined, polled);
  const alarms = useAlarms({ open: true, limit: 100 }, polled);
  const devices = useDevices(undefined, polled);
  const now = useNow(15_000);
  const [all, setAll] = useState(false);
  const tasks = useMemo(
    () => tasksOf(stores.data?.stores ?? [], alarms.data?.alarms ?? [], devices.data?.devices ?? [], now),
    [stores.data, alarms.data, devices.data, now],
  );
  // The oldest of the three answers is the honest age of the queue; a failed one is worth a word even if two arrived.
  const failed = [alarms, stores, devices].find((query) => query.error !== undefined);
  const query = failed ?? [alarms, stores, devices].find((each) => !each.data) ?? alarms;
  const asOf = [stores.data?.as_of, alarms.data?.as_of, devices.data?.as_of].filter(Boolean).sort()[0];
  const shown = all ? tasks : tasks.slice(0, SHOWN);
  return (
    <Section title={t('doNow.title')} asOf={asOf} flush hint={tasks.length > 0 && <StatusChip tone="quiet">{tasks.length}</StatusChip>}>
      <QueryView<object>
        query={query}
        skeleton={<RowsSkeleton rows={4} height={64} />}
        empty={() =>
          tasks.length === 0 ? <Notice state="good" icon="check" title={t('doNow.empty.title')} text={t('doNow.empty.text')} /> : null
        }
      >
        {() => (
          <>
            <List disablePadding data-testid="do-now">
              {shown.map((task) => (
                <TaskLine key={task.key} task={task} now={now} />
              ))}
            </List>
            {tasks.length > SHOWN && (
              <Box sx={{ borderTop: 1, borderColor: 'divider', p: 0.5, textAlign: 'center' }}>
                <Button size="small" onClick={() => setAll((open) => !open)} aria-expanded={all}>
                  {all ? t('doNow.fewer') : t('doNow.more', { count: tasks.length - SHOWN })}
                </Button>
              </Box>
            )}
          </>
        )}
      </QueryView>
    </Section>
  );
}

function TaskLine({ task, now }: { task: Task; now: number }) {
  const { t } = useTranslation();
  const format = useFormat();
  const count = task.count ?? 0;
  const title = task.kind === 'alarm' ? task.text : t(`doNow.${task.kind}`, { count, shown: format.number(count) });
  const text = task.kind === 'alarm' ? null : task.kind === 'loss' ? task.text : t(`doNow.${task.kind}Text`);
  const age = task.since ? format.age(task.since, now) : '';
  const where = task.subject ? t('doNow.whereSubject', { store: task.store, subject: task.subject, age }) : t('doNow.where', { store: task.store, age });
  return (
    <ListItem disablePadding sx={{ borderTop: 1, borderColor: 'divider' }}>
      <ListItemButton
        component={Link}
        to={to.store(task.storeId, task.tab)}
        sx={{ gap: 1.5, alignItems: 'flex-start', paddingBlock: 1.25, paddingInline: { xs: 2, sm: 2.5 } }}
      >
        <Box
          sx={(theme) => ({
            display: 'grid',
            placeItems: 'center',
            width: 34,
            height: 34,
            flex: 'none',
            borderRadius: '8px',
            color: theme.palette.tone[task.tone].text,
            backgroundColor: theme.palette.tone[task.tone].soft,
          })}
        >
          <Icon name={ICON[task.kind]} />
        </Box>
        <Box sx={{ minWidth: 0, flex: 1 }}>
          <Typography variant="body2" sx={{ fontWeight: 600 }}>
            {title}
          </Typography>
          {text && (
            <Typography variant="caption" color="textSecondary" component="p" sx={{ m: 0 }}>
              {text}
            </Typography>
          )}
          <Typography variant="caption" color="textSecondary" component="p" sx={{ m: 0 }}>
            {age ? where : task.store}
          </Typography>
        </Box>
        <Box sx={{ display: 'flex', alignItems: 'center', gap: 0.5, flex: 'none' }}>
          <StatusChip tone={task.tone}>{t(`tone.${task.tone}`)}</StatusChip>
          <Icon name="forward" sx={{ color: 'text.secondary' }} />
        </Box>
      </ListItemButton>
    </ListItem>
  );
}
