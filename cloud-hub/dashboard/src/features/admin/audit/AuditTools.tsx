import Alert from '@mui/material/Alert';
import Box from '@mui/material/Box';
import Button from '@mui/material/Button';
import Typography from '@mui/material/Typography';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useVerifyAudit, type AuditVerified } from '../../../api';
import { useSaveFile } from '../../../api/save';
import { useFormat } from '../../../i18n/useFormat';
import { Icon } from '../../../ui/icons';
import { ProblemAlert } from '../../../ui/ProblemAlert';

/** Is the log whole, and may I have it? */
export function AuditTools() {
  const { t } = useTranslation('admin');
  const [wanted, setWanted] = useState(false);
  // A walk over the whole chain is made when asked for, never by itself.
  const verifying = useVerifyAudit(undefined, { skip: !wanted, refetchOnFocus: false, refetchOnReconnect: false });
  const [save, saving] = useSaveFile();
  const verify = () => {
    if (wanted) void verifying.refetch();
    setWanted(true);
  };
  return (
    <Box sx={{ paddingInline: { xs: 2, sm: 2.5 }, pb: 1.5 }}>
      <Box sx={{ display: 'flex', flexWrap: 'wrap', gap: 1 }}>
        <Button variant="outlined" size="small" startIcon={<Icon name="link" />} onClick={verify} loading={verifying.isFetching}>
          {t('audit.verify')}
        </Button>
        <Button variant="outlined" size="small" startIcon={<Icon name="download" />} onClick={() => void save({ url: '/api/v1/audit/export', name: 'audit.tsv' })} loading={saving.isLoading}>
          {t('audit.export')}
        </Button>
      </Box>
      <Box role="status" sx={{ display: 'grid', gap: 1, '& > *': { mt: 1.5 } }}>
        {verifying.data && !verifying.isFetching && !verifying.error && <Verdict found={verifying.data} />}
        {Boolean(verifying.error) && !verifying.isFetching && <ProblemAlert error={verifying.error} />}
        {saving.data && !saving.isLoading && (
          <Alert severity="success" variant="outlined" onClose={saving.reset}>
            {t('audit.exported', { file: saving.data })}
          </Alert>
        )}
        {Boolean(saving.error) && !saving.isLoading && <ProblemAlert error={saving.error} />}
      </Box>
    </Box>
  );
}

function Verdict({ found }: { found: AuditVerified }) {
  const { t } = useTranslation('admin');
  const format = useFormat();
  const text = found.intact
    ? t('audit.intact', { count: found.entries, shown: format.number(found.entries) })
    : t('audit.broken', { broken: found.broken ?? '', count: found.entries });
  return (
    <Alert severity={found.intact ? 'success' : 'error'} variant="outlined" data-intact={found.intact}>
      {text}
      <Typography variant="caption" component="p" sx={{ m: 0, mt: 0.5, fontFamily: 'monospace' }}>
        {t('audit.head', { hash: found.hash })}
      </Typography>
    </Alert>
  );
}
