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
import { Fact } from '../../stores/StoreTable';
import { linesOf } from './preview';
import { RequestState } from './PrivacyTab';

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
  const [save, saving] = useSaveFile();
  const preview = linesOf(request.preview);
  const result = linesOf(request.result);
  return (
    <>
      <RequestState request={request} />
      <Box component="dl" sx={{ display: 'grid', gridTemplateColumns: 'repeat(2, minmax(0, 1fr))', gap: 1.5, m: 0 }}>
        <Fact label={t('privacy.about')} value={request.subject ?? t('privacy.erased')} />
        <Fact label={t('privacy.column.due')} value={format.time(request.due_at, 'date')} />
        <Fact label={t('privacy.column.asked')} value={format.time(request.created_at, 'dayTime')} />
        <Fact label={t('privacy.ended')} value={request.ended_at ? format.time(request.ended_at, 'dayTime') : t('privacy.notYet')} />
      </Box>
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
