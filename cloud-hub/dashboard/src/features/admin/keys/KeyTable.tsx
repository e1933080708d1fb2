import Box from '@mui/material/Box';
import Button from '@mui/material/Button';
import Typography from '@mui/material/Typography';
import { useTranslation } from 'react-i18next';
import { usePeople, type Key } from '../../../api';
import type { Tone } from '../../../app/theme';
import { useMay } from '../../../app/SessionGate';
import { useFormat } from '../../../i18n/useFormat';
import { Disclosure } from '../../../ui/Disclosure';
import { SimpleTable, type Column } from '../../../ui/SimpleTable';
import { StatusChip } from '../../../ui/StatusChip';
import { useNow } from '../../../ui/useNow';
import { calledAs } from '../people/person';
import { useReachText } from '../Reach';
import { stateOf, type KeyState, type MachineKind } from './key';

const TONE: Record<KeyState, Tone> = { good: 'good', soon: 'warn', expired: 'quiet', revoked: 'quiet' };

interface KeyTableProps {
  kind: MachineKind;
  keys: Key[];
  onRevoke: (key: Key) => void;
}

export function KeyTable({ kind, keys, onRevoke }: KeyTableProps) {
  const { t } = useTranslation(['admin', 'translation']);
  const format = useFormat();
  const now = useNow(60_000);
  const reachText = useReachText();
  const may = useMay();
  const people = usePeople(undefined, { skip: !may('users.read') });
  const maker = (id: string) => {
    const person = people.data?.users.find((each) => each.id === id);
    return person ? calledAs(person) : id.slice(0, 8);
  };
  const columns: Column<Key>[] = [
    {
      key: 'name',
      label: t(`${kind}.column.name`),
      cell: (key) => (
        <Box component="span" sx={{ fontWeight: 650 }}>
          {key.name}
          <Typography variant="caption" color="textSecondary" component="span" sx={{ display: 'block', fontWeight: 400, fontFamily: 'monospace' }}>
            {kind === 'keys' ? `${key.public_id}…` : key.public_id}
          </Typography>
        </Box>
      ),
    },
    {
      key: 'may',
      label: t(`${kind}.column.may`),
      cell: (key) => (
        <Disclosure summary={t(`${kind}.count`, { count: key.permissions.length })}>
          <Typography variant="caption" color="textSecondary">
            {[...key.permissions].sort().join(', ')}
          </Typography>
        </Disclosure>
      ),
    },
    { key: 'reach', label: t('keys.column.reach'), cell: (key) => reachText({ all: key.all_stores, stores: key.store_ids }) },
    { key: 'by', label: t('keys.column.by'), cell: (key) => maker(key.created_by) },
    { key: 'used', label: t('keys.column.used'), cell: (key) => (key.last_used_at ? format.age(key.last_used_at, now) : t('keys.neverUsed')) },
    { key: 'expires', label: t('keys.column.expires'), cell: (key) => <Until subject={key} now={now} /> },
    {
      key: 'action',
      label: t('keys.column.action'),
      unlabelled: true,
      cell: (key) =>
        stateOf(key, now) === 'revoked' ? null : (
          <Button size="small" color="error" aria-label={t('keys.revokeNamed', { name: key.name })} onClick={() => onRevoke(key)}>
            {t('keys.revoke')}
          </Button>
        ),
    },
  ];
  return <SimpleTable caption={t(`${kind}.title`)} columns={columns} rows={keys} rowKey={(key) => key.id} />;
}

function Until({ subject, now }: { subject: Key; now: number }) {
  const { t } = useTranslation('admin');
  const format = useFormat();
  const state = stateOf(subject, now);
  if (state === 'revoked') return <StatusChip tone={TONE[state]}>{t('keys.revoked')}</StatusChip>;
  if (!subject.expires_at) return t('keys.noEnd');
  return (
    <Box component="span" sx={{ display: 'inline-flex', flexDirection: 'column', alignItems: 'flex-start' }}>
      {format.time(subject.expires_at, 'date')}
      {state !== 'good' && <StatusChip tone={TONE[state]}>{t(`keys.${state}`)}</StatusChip>}
    </Box>
  );
}
