import Alert from '@mui/material/Alert';
import Box from '@mui/material/Box';
import Button from '@mui/material/Button';
import Checkbox from '@mui/material/Checkbox';
import FormControlLabel from '@mui/material/FormControlLabel';
import Typography from '@mui/material/Typography';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useConfirmErasure, usePrivacyRequest, type PrivacyRequest } from '../../../api';
import { useSaveFile } from '../../../api/save';
import { useFormat } from '../../../i18n/useFormat';
import { FormDialog } from '../../../ui/FormDialog';
import { Icon } from '../../../ui/icons';
import { ProblemAlert } from '../../../ui/ProblemAlert';
import { SimpleTable } from '../../../ui/SimpleTable';
import { QueryView, RowsSkeleton } from '../../../ui/states';
import { StatusChip } from '../../../ui/StatusChip';
import { Fact } from '../../stores/StoreTable';
import { fatesOf, linesOf, type Fate } from './preview';
import { RequestState, useSubject } from './PrivacyTab';

const OPEN_POLL_MS = 2_000;

/** One request: what an erasure takes and leaves before it is confirmed, and what came of it. */
export function RequestDialog({ id, onClose }: { id: string; onClose: () => void }) {
  const { t } = useTranslation('office');
  const known = usePrivacyRequest({ id });
  const query = usePrivacyRequest({ id }, { pollingInterval: known.data?.state === 'running' ? OPEN_POLL_MS : 0 });
  return (
    <FormDialog title={t('privacy.one')} onClose={onClose} maxWidth="sm">
      <QueryView query={query} skeleton={<RowsSkeleton rows={5} />}>
        {(request) => <Shown request={request} />}
      </QueryView>
    </FormDialog>
  );
}

function Shown({ request }: { request: PrivacyRequest }) {
  const { t } = useTranslation('office');
  const format = useFormat();
  const subject = useSubject();
  const [save, saving] = useSaveFile();
  const fates = fatesOf(request.preview);
  const preview = fates ? [] : linesOf(request.preview);
  const result = linesOf(request.result);
  return (
    <>
      <RequestState request={request} />
      <Box component="dl" sx={{ display: 'grid', gridTemplateColumns: 'repeat(2, minmax(0, 1fr))', gap: 1.5, m: 0 }}>
        <Fact label={t('privacy.about')} value={subject(request)} />
        <Fact label={t('privacy.column.due')} value={format.time(request.due_at, 'date')} />
        <Fact label={t('privacy.column.asked')} value={format.time(request.created_at, 'dayTime')} />
        <Fact label={t('privacy.ended')} value={request.ended_at ? format.time(request.ended_at, 'dayTime') : t('privacy.notYet')} />
      </Box>
      {fates && <Fates fates={fates} />}
      {preview.length > 0 && <Lines title={t('privacy.preview')} lines={preview} />}
      {request.state === 'preview' && <Confirm id={request.id} />}
      {result.length > 0 && <Lines title={t('privacy.result')} lines={result} />}
      {request.file_url && (
        <Box>
          <Button variant="outlined" startIcon={<Icon name="download" />} loading={saving.isLoading} onClick={() => void save({ url: request.file_url ?? '', name: `privacy-${request.id}.json` })}>
            {t('privacy.file')}
          </Button>
        </Box>
      )}
      {Boolean(saving.error) && <ProblemAlert error={saving.error} />}
    </>
  );
}

/** What goes and what stays, with the reason of each, to be read before there is no way back. */
function Fates({ fates }: { fates: Fate[] }) {
  const { t } = useTranslation('office');
  const format = useFormat();
  return (
    <Box>
      <Typography variant="h3" component="h3" sx={{ mb: 0.5 }}>
        {t('privacy.preview')}
      </Typography>
      <Box sx={{ mx: { xs: -2, sm: -2.5 } }}>
        <SimpleTable
          caption={t('privacy.preview')}
          rows={fates.map((fate, at) => ({ ...fate, at }))}
          rowKey={(fate) => String(fate.at)}
          columns={[
            { key: 'what', label: t('privacy.part'), width: '36%', cell: (fate) => fate.what },
            { key: 'count', label: t('privacy.count'), number: true, cell: (fate) => format.number(fate.count) },
            { key: 'fate', label: t('privacy.fate'), cell: (fate) => <StatusChip tone={fate.goes ? 'bad' : 'quiet'}>{t(fate.goes ? 'privacy.goes' : 'privacy.stays')}</StatusChip> },
            { key: 'why', label: t('privacy.reason'), cell: (fate) => fate.why },
          ]}
        />
      </Box>
    </Box>
  );
}

function Lines({ title, lines }: { title: string; lines: { what: string; words: string }[] }) {
  const { t } = useTranslation('office');
  return (
    <Box>
      <Typography variant="h3" component="h3" sx={{ mb: 0.5 }}>
        {title}
      </Typography>
      <Box sx={{ mx: { xs: -2, sm: -2.5 } }}>
        <SimpleTable
          caption={title}
          rows={lines.map((line, at) => ({ ...line, at }))}
          rowKey={(line) => String(line.at)}
          columns={[
            { key: 'what', label: t('privacy.part'), width: '24%', cell: (line) => line.what },
            { key: 'words', label: t('privacy.words'), cell: (line) => line.words },
          ]}
        />
      </Box>
    </Box>
  );
}

/** There is no way back: it is said, and ticked, before the button works. */
function Confirm({ id }: { id: string }) {
  const { t } = useTranslation('office');
  const [confirm, { isLoading, error }] = useConfirmErasure();
  const [sure, setSure] = useState(false);
  return (
    <Box sx={{ display: 'grid', gap: 1 }}>
      <Alert severity="warning" variant="outlined">
        {t('privacy.noWayBack')}
      </Alert>
      {Boolean(error) && <ProblemAlert error={error} />}
      <FormControlLabel control={<Checkbox checked={sure} onChange={(_, on) => setSure(on)} />} label={t('privacy.sure')} />
      <Box>
        <Button variant="contained" color="error" disabled={!sure} loading={isLoading} onClick={() => void confirm({ id })}>
          {t('privacy.erase')}
        </Button>
      </Box>
    </Box>
  );
}
