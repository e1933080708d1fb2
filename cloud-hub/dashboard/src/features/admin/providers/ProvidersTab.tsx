import Box from '@mui/material/Box';
import Button from '@mui/material/Button';
import Typography from '@mui/material/Typography';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useChangeIdentityProvider, useDeleteIdentityProvider, useIdentityProviders, useReadIdentityProvider, versionOf, type IdentityProvider } from '../../../api';
import { CopyLine } from '../../../ui/CopyLine';
import { FormDialog } from '../../../ui/FormDialog';
import { Icon } from '../../../ui/icons';
import { ProblemAlert } from '../../../ui/ProblemAlert';
import { Section } from '../../../ui/Section';
import { Notice, QueryView, RowsSkeleton } from '../../../ui/states';
import { Done } from '../Done';
import { AddProviderDialog, ChangeProviderDialog } from './ProviderDialog';
import { ProviderTable } from './ProviderTable';

/** What is done with a service beyond switching it. */
export type Act = 'change' | 'address' | 'drop';
type Doing = { what: 'add' } | { what: Act | 'made'; provider: IdentityProvider };

/** The services that people sign in with instead of a password of the hub. */
export default function ProvidersTab() {
  const { t } = useTranslation('access');
  const query = useIdentityProviders();
  const [doing, setDoing] = useState<Doing | null>(null);
  const [done, setDone] = useState<string | null>(null);
  const [toggle, switching] = useSwitch((provider) => setDone(t(provider.disabled_at ? 'switchedOff' : 'switchedOn', { name: provider.name })));
  const close = () => setDoing(null);
  const start = (next: Doing) => {
    setDone(null);
    setDoing(next);
  };
  const finish = (text: string) => {
    setDone(text);
    close();
  };
  const add = (
    <Button variant="contained" startIcon={<Icon name="add" />} onClick={() => start({ what: 'add' })}>
      {t('add')}
    </Button>
  );
  return (
    <>
      <Done text={done} onClose={() => setDone(null)} />
      {Boolean(switching.error) && (
        <Box sx={{ mb: 1.5 }}>
          <ProblemAlert error={switching.error} />
        </Box>
      )}
      <Section title={t('title')} asOf={query.data?.as_of} flush actions={query.data && query.data.identity_providers.length > 0 && add}>
        <QueryView
          query={query}
          skeleton={<RowsSkeleton rows={3} height={60} />}
          empty={(data) => (data.identity_providers.length === 0 ? <Notice state="empty" icon="lock" title={t('empty.title')} text={t('empty.text')} action={add} /> : null)}
        >
          {(data) => (
            <ProviderTable
              providers={data.identity_providers}
              busy={switching.isLoading}
              onDo={(what, provider) => start({ what, provider })}
              onSwitch={(provider) => {
                setDone(null);
                void toggle(provider);
              }}
            />
          )}
        </QueryView>
      </Section>
      {doing?.what === 'add' && <AddProviderDialog onClose={close} onDone={(provider) => start({ what: 'made', provider })} />}
      {doing?.what === 'change' && <ChangeProviderDialog id={doing.provider.id} onClose={close} onDone={(provider) => finish(t('changed', { name: provider.name }))} />}
      {(doing?.what === 'address' || doing?.what === 'made') && <Address provider={doing.provider} made={doing.what === 'made'} onClose={close} />}
      {doing?.what === 'drop' && <Drop provider={doing.provider} onClose={close} onDone={() => finish(t('dropped', { name: doing.provider.name }))} />}
    </>
  );
}

/** Switches a service on or off: at the version that is the newest now. */
function useSwitch(onDone: (provider: IdentityProvider) => void) {
  const [read, reading] = useReadIdentityProvider();
  const [change, changing] = useChangeIdentityProvider();
  const toggle = async ({ id, disabled_at }: IdentityProvider) => {
    const newest = await read({ id });
    if (!newest.data) return;
    const answer = await change({ id, 'If-Match': versionOf(newest.data), identityProviderChange: { disabled: disabled_at === null } });
    if (answer.data) onDone(answer.data);
  };
  return [toggle, { error: changing.error ?? reading.error, isLoading: changing.isLoading || reading.isFetching }] as const;
}

/** What is to be pasted at the service. */
function Address({ provider, made, onClose }: { provider: IdentityProvider; made: boolean; onClose: () => void }) {
  const { t } = useTranslation('access');
  return (
    <FormDialog title={t(made ? 'made' : 'addressNamed', { name: provider.name })} onClose={onClose} maxWidth="sm">
      <Typography variant="body2">{made ? t('madeText', { client: provider.client_id }) : t('addressText')}</Typography>
      <CopyLine label={t('address')} text={provider.redirect_uri} />
    </FormDialog>
  );
}

function Drop({ provider, onClose, onDone }: { provider: IdentityProvider; onClose: () => void; onDone: () => void }) {
  const { t } = useTranslation('access');
  const [drop, { isLoading, error }] = useDeleteIdentityProvider();
  const submit = async () => {
    const answer = await drop({ id: provider.id });
    if (!answer.error) onDone();
  };
  return (
    <FormDialog title={t('dropTitle', { name: provider.name })} submit={t('drop')} onSubmit={submit} onClose={onClose} busy={isLoading} error={error} grave>
      <Typography variant="body2">{t('dropText')}</Typography>
    </FormDialog>
  );
}
