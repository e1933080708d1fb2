import Alert from '@mui/material/Alert';
import Box from '@mui/material/Box';
import Typography from '@mui/material/Typography';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useCreateMachineClient, type MadeMachineClient, type NewKey } from '../../../api';
import { CopyLine } from '../../../ui/CopyLine';
import { FormDialog } from '../../../ui/FormDialog';
import { NewMachineForm } from './NewMachineForm';

/** A client for a program. Its secret is shown once; the hub keeps only its fingerprint, and this page nothing. */
export function NewClientDialog({ onClose }: { onClose: () => void }) {
  const [create, { isLoading, error }] = useCreateMachineClient();
  const [made, setMade] = useState<MadeMachineClient | null>(null);
  if (made) return <Made made={made} onClose={onClose} />;
  const make = async (newMachine: NewKey) => {
    const asked = create({ newMachine });
    const answer = await asked;
    if (!answer.data) return;
    setMade(answer.data);
    // The cache of answers is no place for a secret; the dialog's own `reset` would be that of the render before.
    asked.reset();
  };
  return <NewMachineForm kind="clients" busy={isLoading} error={error} onMake={make} onClose={onClose} />;
}

function Made({ made, onClose }: { made: MadeMachineClient; onClose: () => void }) {
  const { t } = useTranslation('admin');
  const named = (label: string, text: string) => (
    <Box sx={{ display: 'grid', gap: 0.5 }}>
      <Typography variant="caption" color="textSecondary">
        {label}
      </Typography>
      <CopyLine label={label} text={text} />
    </Box>
  );
  return (
    <FormDialog title={t('newClient.made')} onClose={onClose} maxWidth="sm">
      <Alert severity="warning" variant="outlined" role="status">
        {t('newClient.once')}
      </Alert>
      {named(t('newClient.id'), made.client_id)}
      {named(t('newClient.secret'), made.client_secret)}
      <Typography variant="body2">{t('newClient.use')}</Typography>
      <Typography component="pre" variant="body2" tabIndex={0} role="region" aria-label={t('newClient.request')} sx={{ m: 0, whiteSpace: 'pre-wrap', overflowWrap: 'anywhere', fontFamily: 'monospace' }}>
        {`POST ${location.origin}/api/v1/auth/token\nAuthorization: Basic base64(client_id:client_secret)\n\ngrant_type=client_credentials`}
      </Typography>
    </FormDialog>
  );
}
