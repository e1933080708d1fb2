import Box from '@mui/material/Box';
import Button from '@mui/material/Button';
import { useTranslation } from 'react-i18next';
import type { AuditEntry } from '../../../api';
import { useFormat } from '../../../i18n/useFormat';
import { SimpleTable, type Column } from '../../../ui/SimpleTable';
import { useNow } from '../../../ui/useNow';
import { StatusChip } from '../../../ui/StatusChip';
import { statusOf } from './diff';
import { useActionText } from './useActionText';
import { useActors } from './useActors';

interface AuditTableProps {
  entries: AuditEntry[];
  caption: string;
  onOpen: (entry: AuditEntry) => void;
  /** A page below another: its columns have their heads there. */
  headless?: boolean;
}

export function AuditTable({ entries, caption, onOpen, headless }: AuditTableProps) {
  const { t } = useTranslation('admin');
  const format = useFormat();
  const now = useNow(60_000);
  const { nameOf } = useActors();
  const actionText = useActionText();
  const columns: Column<AuditEntry>[] = [
    {
      key: 'at',
      label: t('audit.column.at'),
      width: '13%',
      cell: (entry) => (
        <Box component="span" sx={{ whiteSpace: 'nowrap', fontWeight: 400 }} title={format.time(entry.at, 'full')}>
          {format.moment(entry.at, 'seconds', now)}
        </Box>
      ),
    },
    { key: 'who', label: t('audit.column.who'), width: '20%', cell: (entry) => nameOf(entry.actor_id) },
    { key: 'what', label: t('audit.column.what'), width: '27%', cell: (entry) => <What action={actionText(entry.action)} status={statusOf(entry.entry)} /> },
    {
      key: 'object',
      label: t('audit.column.object'),
      width: '30%',
      cell: (entry) => (
        <Box component="span" sx={{ typography: 'caption', color: 'text.secondary', fontFamily: 'monospace' }}>
          {entry.object}
        </Box>
      ),
    },
    {
      key: 'show',
      label: t('audit.column.show'),
      unlabelled: true,
      width: '10%',
      cell: (entry) => (
        <Button size="small" aria-label={t('audit.showEntry', { seq: format.number(entry.seq) })} onClick={() => onOpen(entry)}>
          {t('audit.show')}
        </Button>
      ),
    },
  ];
  return <SimpleTable caption={caption} columns={columns} rows={entries} rowKey={(entry) => String(entry.seq)} headless={headless} />;
}

/** What was done, or what was tried and refused. */
function What({ action, status }: { action: string; status: number | null }) {
  const { t } = useTranslation('admin');
  return (
    <Box component="span" sx={{ display: 'inline-flex', flexWrap: 'wrap', alignItems: 'center', columnGap: 1, fontWeight: 650 }}>
      {action}
      {status !== null && status >= 400 && <StatusChip tone="warn">{t('audit.refused', { status: String(status) })}</StatusChip>}
    </Box>
  );
}
