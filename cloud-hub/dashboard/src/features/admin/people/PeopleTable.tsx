import Box from '@mui/material/Box';
import Button from '@mui/material/Button';
import IconButton from '@mui/material/IconButton';
import Menu from '@mui/material/Menu';
import MenuItem from '@mui/material/MenuItem';
import Typography from '@mui/material/Typography';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { Person } from '../../../api';
import { useMay, useSession } from '../../../app/SessionGate';
import { useFormat } from '../../../i18n/useFormat';
import { Icon } from '../../../ui/icons';
import { SimpleTable, type Column } from '../../../ui/SimpleTable';
import { StatusChip } from '../../../ui/StatusChip';
import { useNow } from '../../../ui/useNow';
import { useReachText } from '../Reach';
import { mayGrant } from '../roles';
import type { Act } from './PeopleTab';
import { calledAs } from './person';

interface PeopleTableProps {
  people: Person[];
  onAct: (act: Act, person: Person) => void;
}

export function PeopleTable({ people, onAct }: PeopleTableProps) {
  const { t } = useTranslation(['admin', 'translation']);
  const format = useFormat();
  const now = useNow(60_000);
  const { user } = useSession();
  const reachText = useReachText();
  const columns: Column<Person>[] = [
    {
      key: 'who',
      label: t('people.column.who'),
      cell: (person) => (
        <Box component="span" sx={{ display: 'block', minWidth: 0 }}>
          <Box component="span" sx={{ display: 'inline-flex', flexWrap: 'wrap', alignItems: 'center', columnGap: 1, fontWeight: 650 }}>
            {calledAs(person)}
            {person.id === user.id && <StatusChip tone="info">{t('people.you')}</StatusChip>}
          </Box>
          {person.name && (
            <Typography variant="caption" color="textSecondary" component="span" sx={{ display: 'block', fontWeight: 400 }}>
              {person.email}
            </Typography>
          )}
        </Box>
      ),
    },
    { key: 'role', label: t('people.column.role'), cell: (person) => t(`translation:role.${person.role}`) },
    { key: 'reach', label: t('people.column.reach'), cell: (person) => reachText({ all: person.all_stores, stores: person.store_ids }) },
    {
      key: 'state',
      label: t('people.column.state'),
      cell: (person) =>
        person.disabled_at ? (
          <Box component="span" sx={{ display: 'inline-flex', flexDirection: 'column', alignItems: 'flex-start' }}>
            <StatusChip tone="bad">{t('people.shutOut')}</StatusChip>
            <Typography variant="caption" color="textSecondary">
              {t('people.shutOutSince', { at: format.moment(person.disabled_at, 'time', now) })}
            </Typography>
          </Box>
        ) : person.invited_until ? (
          <Box component="span" sx={{ display: 'inline-flex', flexDirection: 'column', alignItems: 'flex-start' }}>
            <StatusChip tone="info">{t('people.invited')}</StatusChip>
            <Typography variant="caption" color="textSecondary">
              {t(Date.parse(person.invited_until) < now ? 'people.invitedOver' : 'people.invitedUntil', { at: format.time(person.invited_until, 'dayTime') })}
            </Typography>
          </Box>
        ) : (
          <StatusChip tone="good">{t('people.active')}</StatusChip>
        ),
    },
    { key: 'since', label: t('people.column.since'), cell: (person) => format.time(person.created_at, 'date') },
    { key: 'action', label: t('people.column.action'), unlabelled: true, cell: (person) => <Actions person={person} onAct={onAct} /> },
  ];
  return <SimpleTable caption={t('people.title')} columns={columns} rows={people} rowKey={(person) => person.id} />;
}

/** What may be done with a person: only an owner touches administrators, and nobody shuts themselves out. */
function Actions({ person, onAct }: { person: Person; onAct: PeopleTableProps['onAct'] }) {
  const { t } = useTranslation('admin');
  const { user } = useSession();
  const may = useMay();
  const [anchor, setAnchor] = useState<HTMLElement | null>(null);
  const writes = may('users.write') && mayGrant(user.role, person.role);
  const own = person.id === user.id;
  const acts: Act[] = writes ? ['explain', ...(own || person.disabled_at ? [] : ['invite' as const]), 'end', ...(own ? [] : [person.disabled_at ? ('letIn' as const) : ('shutOut' as const)])] : ['explain'];
  return (
    <Box sx={{ display: 'flex', alignItems: 'center' }}>
      {writes && (
        <Button size="small" onClick={() => onAct('change', person)}>
          {t('people.action.change')}
        </Button>
      )}
      <IconButton
        aria-label={t('people.named', { who: calledAs(person) })}
        aria-haspopup="menu"
        aria-expanded={anchor ? true : undefined}
        onClick={(event) => setAnchor(event.currentTarget)}
      >
        <Icon name="more" />
      </IconButton>
      <Menu anchorEl={anchor} open={Boolean(anchor)} onClose={() => setAnchor(null)} slotProps={{ list: { 'aria-label': t('people.named', { who: calledAs(person) }) } }}>
        {acts.map((act) => (
          <MenuItem
            key={act}
            onClick={() => {
              setAnchor(null);
              onAct(act, person);
            }}
          >
            {t(`people.action.${act}`)}
          </MenuItem>
        ))}
      </Menu>
    </Box>
  );
}
