import Alert from '@mui/material/Alert';
import { useTranslation } from 'react-i18next';
import { problemText } from './problemText';

/** Why what somebody just asked for did not happen. */
export function ProblemAlert({ error }: { error: unknown }) {
  const { t } = useTranslation();
  return (
    <Alert severity="error" role="alert" variant="outlined">
      {problemText(error, t)}
    </Alert>
  );
}
