import Alert from '@mui/material/Alert';
import { useTranslation } from 'react-i18next';

const WORDS = ['denied', 'again', 'unavailable', 'refused', 'not-invited'] as const;

/** Why a way over a sign-in service ended without what it was for; the hub says a word, its audit log the reason. */
export default function SsoNote({ word, onClose }: { word: string; onClose?: () => void }) {
  const { t } = useTranslation(['entry', 'translation']);
  const known = WORDS.find((each) => each === word) ?? 'refused';
  return (
    <Alert severity="warning" variant="outlined" role="alert" data-sso={known} onClose={onClose} closeText={t('translation:close')} sx={{ mb: 1.5, bgcolor: 'background.paper' }}>
      {t(`sso.${known}`)}
    </Alert>
  );
}
