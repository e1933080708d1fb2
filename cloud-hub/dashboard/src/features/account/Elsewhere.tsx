import Alert from '@mui/material/Alert';
import Box from '@mui/material/Box';
import Button from '@mui/material/Button';
import Typography from '@mui/material/Typography';
import { useTranslation } from 'react-i18next';
import { useSearchParams } from 'react-router';
import { useLinkAccount, useSignInServices, type SignInService } from '../../api';
import { to } from '../../app/routes';
import { useSession } from '../../app/SessionGate';
import { ProblemAlert } from '../../ui/ProblemAlert';
import { Section } from '../../ui/Section';
import { Notice, QueryView, RowsSkeleton } from '../../ui/states';
import { LinkedAccounts } from './LinkedAccounts';
import { isWeb } from './leave';

/** Accounts at sign-in services that sign in here, too: those that are linked, and the services where one may be. */
export function Elsewhere() {
  const { t } = useTranslation('account');
  const { user } = useSession();
  const query = useSignInServices({ email: user.email });
  const [params, setParams] = useSearchParams();
  const linked = query.data?.services.find((each) => each.id === params.get('linked'));
  return (
    <Section title={t('elsewhere.title')} asOf={query.data?.as_of}>
      <Typography variant="body2" color="textSecondary" sx={{ mb: 1.5 }}>
        {t('elsewhere.lead')}
      </Typography>
      <Box role="status">
        {linked && (
          <Alert severity="success" variant="outlined" sx={{ mb: 1.5 }} onClose={() => setParams({}, { replace: true })} closeText={t('elsewhere.close')}>
            {t('elsewhere.linked', { name: linked.name })}
          </Alert>
        )}
      </Box>
      <LinkedAccounts />
      <QueryView
        query={query}
        skeleton={<RowsSkeleton rows={1} height={52} />}
        empty={(data) => (data.services.length === 0 ? <Notice state="empty" icon="link" title={t('elsewhere.empty.title')} text={t('elsewhere.empty.text', { domain: user.email.split('@').at(-1) ?? '' })} /> : null)}
      >
        {(data) => (
          <Box component="ul" aria-label={t('elsewhere.title')} sx={{ listStyle: 'none', m: 0, p: 0 }}>
            {data.services.map((each) => (
              <Service key={each.id} service={each} />
            ))}
          </Box>
        )}
      </QueryView>
    </Section>
  );
}

function Service({ service }: { service: SignInService }) {
  const { t } = useTranslation('account');
  const [link, { data, isLoading, error }] = useLinkAccount();
  const leave = async () => {
    const answer = await link({ leave: { provider_id: service.id, return_to: `${to.account()}?linked=${service.id}` } });
    if (answer.data && isWeb(answer.data.url)) location.assign(answer.data.url);
  };
  return (
    <Box component="li" sx={{ display: 'flex', flexWrap: 'wrap', alignItems: 'center', gap: 1, paddingBlock: 0.75, borderTop: 1, borderColor: 'divider' }}>
      <Typography variant="body2" sx={{ flex: '1 1 160px', fontWeight: 650 }}>
        {service.name}
      </Typography>
      <Button size="small" variant="outlined" loading={isLoading} aria-label={t('elsewhere.linkNamed', { name: service.name })} onClick={() => void leave()}>
        {t('elsewhere.link')}
      </Button>
      {Boolean(error) && <ProblemAlert error={error} />}
      {data && !isWeb(data.url) && (
        <Alert severity="error" variant="outlined" role="alert">
          {t('elsewhere.noWay')}
        </Alert>
      )}
    </Box>
  );
}
