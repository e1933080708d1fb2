import Box from '@mui/material/Box';
import Typography from '@mui/material/Typography';
import { useTranslation } from 'react-i18next';
import { useStores } from '../../api';
import { useSession } from '../../app/SessionGate';
import { Disclosure } from '../../ui/Disclosure';
import { PageHeader } from '../../ui/PageHeader';
import { Section } from '../../ui/Section';
import { Fact } from '../stores/StoreTable';
import { Elsewhere } from './Elsewhere';
import { NotificationChoices } from './NotificationChoices';
import { Passkeys } from './Passkeys';
import { PasswordForm } from './PasswordForm';
import { SecondFactor } from './SecondFactor';
import { SignIns } from './SignIns';

/** Who am I here, where am I signed in, and is my password still mine alone? */
export default function AccountPage() {
  const { t } = useTranslation('account');
  return (
    <>
      <PageHeader title={t('title')} />
      <Box sx={{ display: 'grid', gap: { xs: 1.5, md: 2 } }}>
        <Box sx={{ display: 'grid', gap: { xs: 1.5, md: 2 }, gridTemplateColumns: { xs: 'minmax(0, 1fr)', lg: 'repeat(2, minmax(0, 1fr))' } }}>
          <You />
          <PasswordForm />
        </Box>
        <SecondFactor />
        <Passkeys />
        <Elsewhere />
        <NotificationChoices />
        <SignIns />
      </Box>
    </>
  );
}

function You() {
  const { t } = useTranslation(['account', 'translation']);
  const { user } = useSession();
  const { data } = useStores();
  const names = data?.stores.filter((store) => user.store_ids.includes(store.id)).map((store) => store.name) ?? [];
  const reach = user.all_stores ? t('who.everywhere') : names.join(', ') || t('translation:noValue');
  return (
    <Section title={t('who.title')}>
      <Box component="dl" sx={{ display: 'grid', gridTemplateColumns: { xs: 'minmax(0, 1fr)', sm: 'repeat(2, minmax(0, 1fr))' }, gap: 1.5, m: 0 }}>
        <Fact label={t('who.email')} value={user.email} strong />
        <Fact label={t('who.role')} value={t(`translation:role.${user.role}`)} />
        <Fact label={t('who.organization')} value={user.organization_name} />
        <Fact label={t('who.reach')} value={reach} />
      </Box>
      <Typography variant="caption" color="textSecondary" component="p" sx={{ mt: 1.5, mb: 1 }}>
        {t('who.hint')}
      </Typography>
      <Disclosure strong summary={t('who.may', { count: user.permissions.length })}>
        <Typography variant="body2" color="textSecondary">
          {[...user.permissions].sort().join(', ')}
        </Typography>
      </Disclosure>
    </Section>
  );
}
