import Alert from '@mui/material/Alert';
import Typography from '@mui/material/Typography';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useCreateKey, type MadeKey, type NewKey } from '../../../api';
import { CopyLine } from '../../../ui/CopyLine';
import { FormDialog } from '../../../ui/FormDialog';
import { NewMachineForm } from './NewMachineForm';

/** A key for a program. The hub shows it once and keeps only its fingerprint, and so does this page. */
export function NewKeyDialog({ onClose }: { onClose: () => void }) {
  const [create, { isLoading, error }] = useCreateKey();
  const [made, setMade] = useState<MadeKey | null>(null);
  if (made) return <Made made={made} onClose={onClose} />;
  const make = async (newMachine: NewKey) => {
    const asked = create({ newMachine });
    const answer = await asked;
    if (!answer.data) return;
    setMade(answer.data);
    // The cache of answers is no place for a secret; the dialog's own `reset` would be that of the render before.
    asked.reset();
  };
  return <NewMachineForm kind="keys" busy={isLoading} error={error} onMake={make} onClose={onClose} />;
}

function Made({ made, onClose }: { made: MadeKey; onClose: () => void }) {
  const { t } = useTranslation('admin');
  return (
    <FormDialog title={t('newKey.made')} onClose={onClose} maxWidth="sm">
      <Alert severity="warning" variant="outlined" role="status">
        {t('newKey.once')}
      </Alert>
      <CopyLine label={t('newKey.key')} text={made.key} />
      <Typography variant="body2" component="div">
        {t('newKey.use')}
        <Typography component="pre" variant="body2" sx={{ m: 0, mt: 0.5, whiteSpace: 'pre-wrap', fontFamily: 'monospace' }}>
          {`Authorization: Bearer ${made.key.slice(0, 12)}…`}
        </Typography>
      </Typography>
    </FormDialog>
  );
}
