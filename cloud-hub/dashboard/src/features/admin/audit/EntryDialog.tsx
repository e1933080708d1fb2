import Box from '@mui/material/Box';
import Typography from '@mui/material/Typography';
import { useTranslation } from 'react-i18next';
import type { AuditEntry } from '../../../api';
import { useFormat } from '../../../i18n/useFormat';
import { Disclosure } from '../../../ui/Disclosure';
import { FormDialog } from '../../../ui/FormDialog';
import { SimpleTable } from '../../../ui/SimpleTable';
import { Fact } from '../../stores/StoreTable';
import { changedIn, statusOf } from './diff';
import { useActionText } from './useActionText';
import { useActors } from './useActors';

/** One entry: who, what, each value before and after, and the very text that was hashed. */
export function EntryDialog({ entry, onClose }: { entry: AuditEntry; onClose: () => void }) {
  const { t } = useTranslation('admin');
  const format = useFormat();
  const { nameOf } = useActors();
  const actionText = useActionText();
  const changes = changedIn(entry.entry);
  const { request_id: request } = entry.entry as { request_id?: string };
  const status = statusOf(entry.entry);
  const quiet = (text: string) => (
    <Typography variant="caption" color="textSecondary" sx={{ fontWeight: 400 }}>
      {text}
    </Typography>
  );
  const value = (text: string | undefined) => (text === undefined ? quiet(t('entry.absent')) : text === '' ? quiet(t('entry.empty')) : text);
  return (
    <FormDialog title={t('entry.title', { seq: format.number(entry.seq) })} onClose={onClose} maxWidth="md">
      <Box component="dl" sx={{ display: 'grid', gridTemplateColumns: { xs: 'minmax(0, 1fr)', sm: 'repeat(3, minmax(0, 1fr))' }, gap: 1.5, m: 0 }}>
        <Fact label={t('audit.column.at')} value={format.time(entry.at, 'full')} />
        <Fact label={t('audit.column.who')} value={nameOf(entry.actor_id)} />
        <Fact label={t('audit.column.what')} value={actionText(entry.action)} strong />
        <Fact label={t('audit.column.object')} value={entry.object ?? t('entry.absent')} />
        <Fact label={t('entry.status')} value={status === null ? t('entry.absent') : String(status)} />
        <Fact label={t('entry.request')} value={request || t('entry.absent')} />
      </Box>
      <Box>
        <Typography variant="h3" component="h3">
          {t('entry.changes')}
        </Typography>
        {changes.length === 0 ? (
          <Typography variant="body2" color="textSecondary">
            {t('entry.noChange')}
          </Typography>
        ) : (
          <Box sx={{ mx: { xs: -2, sm: -2.5 } }} data-testid="changes">
            <SimpleTable
              caption={t('entry.changes')}
              rows={changes}
              rowKey={(row) => row.path}
              columns={[
                { key: 'field', label: t('entry.column.field'), cell: (row) => row.path || t('entry.changes') },
                { key: 'before', label: t('entry.column.before'), cell: (row) => value(row.before) },
                { key: 'after', label: t('entry.column.after'), cell: (row) => <strong>{value(row.after)}</strong> },
              ]}
            />
          </Box>
        )}
      </Box>
      <Disclosure strong summary={t('entry.raw')}>
        <Box
          component="pre"
          tabIndex={0}
          role="region"
          aria-label={t('entry.raw')}
          sx={{ m: 0, p: 1.5, borderRadius: '8px', bgcolor: 'background.default', whiteSpace: 'pre-wrap', overflowWrap: 'anywhere', typography: 'caption', fontFamily: 'monospace' }}
        >
          {JSON.stringify(entry.entry, null, 2)}
        </Box>
        <Typography variant="caption" color="textSecondary" component="p" sx={{ fontFamily: 'monospace' }}>
          {t('entry.hash', { hash: entry.hash })}
        </Typography>
      </Disclosure>
    </FormDialog>
  );
}
