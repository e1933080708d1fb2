import Box from '@mui/material/Box';
import Button from '@mui/material/Button';
import Typography from '@mui/material/Typography';
import { useTranslation } from 'react-i18next';
import { useSignInServices, useStepUpElsewhere } from '../../api';
import { useSession } from '../../app/SessionGate';
import { ProblemAlert } from '../../ui/ProblemAlert';
import { isWeb } from './leave';

/** For who has no password here: the sign-in service asks again. The page is left for it, so what waited is asked for again after it. */
export function StepUpElsewhere() {
  const { t } = useTranslation('account');
  const { user } = useSession();
  const { data } = useSignInServices({ email: user.email });
  const [confirm, { isLoading, error }] = useStepUpElsewhere();
  const leave = async (provider_id: string) => {
    const answer = await confirm({ leave: { provider_id, return_to: location.pathname + location.search } });
    if (answer.data && isWeb(answer.data.url)) location.assign(answer.data.url);
  };
  if (!data?.services.length) return null;
  return (
    <Box>
      {data.services.map(({ id, name }) => (
        <Button key={id} variant="outlined" loading={isLoading} onClick={() => void leave(id)} sx={{ mr: 1, mb: 1 }}>
          {t('stepUp.elsewhere', { name })}
        </Button>
      ))}
      <Typography variant="caption" color="textSecondary" component="p">
        {t('stepUp.elsewhereHelp')}
      </Typography>
      {Boolean(error) && <ProblemAlert error={error} />}
    </Box>
  );
}
