import Box from '@mui/material/Box';
import Button from '@mui/material/Button';
import Typography from '@mui/material/Typography';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useSearchParams } from 'react-router';
import { useAlertRoutes, useChangeAlertRoute, useDeleteAlertRoute, useReadAlertRoute, versionOf, type AlertRoute } from '../../../api';
import { FormDialog } from '../../../ui/FormDialog';
import { Icon } from '../../../ui/icons';
import { ProblemAlert } from '../../../ui/ProblemAlert';
import { Section } from '../../../ui/Section';
import { Notice, QueryView, RowsSkeleton } from '../../../ui/states';
import { Done } from '../Done';
import { AddRouteDialog, ChangeRouteDialog } from './RouteDialog';
import { RouteTable } from './RouteTable';

const NEW = 'new';

/** Who is told of which alerts, when, and who next if nobody answers. */
export default function RoutesTab() {
  const { t } = useTranslation('routing');
  const query = useAlertRoutes();
  const [params, setParams] = useSearchParams();
  const [dropping, setDropping] = useState<AlertRoute | null>(null);
  const [done, setDone] = useState<string | null>(null);
  const [toggle, switching] = useSwitch(({ route }) => setDone(t(route.enabled === false ? 'switchedOff' : 'switchedOn', { name: route.name })));
  const open = params.get('route');
  const show = (id: string | null) => {
    if (id) setDone(null);
    setParams(id ? { route: id } : {}, { replace: id === null });
  };
  const finish = (text: string) => {
    setDone(text);
    setDropping(null);
    if (open) show(null);
  };
  const add = (
    <Button variant="contained" startIcon={<Icon name="add" />} onClick={() => show(NEW)}>
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
      <Section title={t('title')} asOf={query.data?.as_of} flush actions={query.data && query.data.routes.length > 0 && add}>
        <Typography variant="body2" color="textSecondary" sx={{ paddingInline: { xs: 2, sm: 2.5 }, pb: 1.5 }}>
          {t('lead')}
        </Typography>
        <QueryView
          query={query}
          skeleton={<RowsSkeleton rows={4} height={60} />}
          empty={(data) => (data.routes.length === 0 ? <Notice state="empty" icon="bell" title={t('empty.title')} text={t('empty.text')} action={add} /> : null)}
        >
          {(data) => (
            <RouteTable
              routes={data.routes}
              busy={switching.isLoading}
              onChange={(route) => show(route.id)}
              onDrop={(route) => {
                setDone(null);
                setDropping(route);
              }}
              onSwitch={(route) => {
                setDone(null);
                void toggle(route);
              }}
            />
          )}
        </QueryView>
      </Section>
      {open === NEW && <AddRouteDialog onClose={() => show(null)} onDone={(name) => finish(t('added', { name }))} />}
      {open && open !== NEW && <ChangeRouteDialog key={open} id={open} onClose={() => show(null)} onDone={(name) => finish(t('changed', { name }))} />}
      {dropping && <Drop subject={dropping} onClose={() => setDropping(null)} onDone={() => finish(t('dropped', { name: dropping.route.name }))} />}
    </>
  );
}

/** Switches a route on or off: at the version that is the newest now. */
function useSwitch(onDone: (route: AlertRoute) => void) {
  const [read, reading] = useReadAlertRoute();
  const [change, changing] = useChangeAlertRoute();
  const toggle = async ({ id, route }: AlertRoute) => {
    const newest = await read({ id });
    if (!newest.data) return;
    const answer = await change({ id, 'If-Match': versionOf(newest.data), routeChange: { enabled: route.enabled === false } });
    if (answer.data) onDone(answer.data);
  };
  return [toggle, { error: changing.error ?? reading.error, isLoading: changing.isLoading || reading.isFetching }] as const;
}

function Drop({ subject, onClose, onDone }: { subject: AlertRoute; onClose: () => void; onDone: () => void }) {
  const { t } = useTranslation('routing');
  const [drop, { isLoading, error }] = useDeleteAlertRoute();
  const submit = async () => {
    const answer = await drop({ id: subject.id });
    if (!answer.error) onDone();
  };
  return (
    <FormDialog title={t('dropTitle', { name: subject.route.name })} submit={t('drop')} onSubmit={submit} onClose={onClose} busy={isLoading} error={error} grave>
      <Typography variant="body2">{t('dropText')}</Typography>
    </FormDialog>
  );
}
