import Alert from '@mui/material/Alert';
import Box from '@mui/material/Box';
import { useTranslation } from 'react-i18next';

/** What was just done, read out once and left until it is closed. */
export function Done({ text, onClose }: { text: string | null; onClose: () => void }) {
  const { t } = useTranslation();
  return (
    <Box role="status">
      {text && (
        <Alert severity="success" variant="outlined" onClose={onClose} closeText={t('close')} sx={{ mb: 1.5, bgcolor: 'background.paper' }}>
          {text}
        </Alert>
      )}
    </Box>
  );
}
