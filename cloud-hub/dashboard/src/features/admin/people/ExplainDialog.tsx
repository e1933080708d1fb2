import Alert from '@mui/material/Alert';
import Autocomplete from '@mui/material/Autocomplete';
import Box from '@mui/material/Box';
import MenuItem from '@mui/material/MenuItem';
import Skeleton from '@mui/material/Skeleton';
import TextField from '@mui/material/TextField';
import Typography from '@mui/material/Typography';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useExplainPermission, useRoles, useStores, type Person } from '../../../api';
import { Disclosure } from '../../../ui/Disclosure';
import { FormDialog } from '../../../ui/FormDialog';
import { Icon } from '../../../ui/icons';
import { QueryView } from '../../../ui/states';
import { visuallyHidden } from '../../../ui/visuallyHidden';
import { calledAs } from './person';

/** Why a person may do something, or may not: the hub's own steps, in the order it takes them. */
export function ExplainDialog({ person, onClose }: { person: Person; onClose: () => void }) {
  const { t } = useTranslation('admin');
  const roles = useRoles();
  const stores = useStores();
  const [permission, setPermission] = useState<string>('sales.read');
  const [store, setStore] = useState('');
  const query = useExplainPermission({ userId: person.id, permission, storeId: store || undefined });
  const all = roles.data?.permissions ?? [];
  const meaning = (name: string) => all.find((each) => each.permission === name)?.meaning ?? '';
  return (
    <FormDialog title={t('explain.title', { who: calledAs(person) })} onClose={onClose} maxWidth="sm">
      <Autocomplete
        disableClearable
        options={all.length > 0 ? all.map((each) => each.permission as string) : [permission]}
        value={permission}
        onChange={(_, next) => setPermission(next)}
        renderOption={({ key, ...props }, option) => (
          <Box component="li" key={key} {...props} sx={{ flexDirection: 'column', alignItems: 'flex-start !important' }}>
            <Typography variant="body2" sx={{ fontWeight: 600 }}>
              {option}
            </Typography>
            <Typography variant="caption" color="textSecondary">
              {meaning(option)}
            </Typography>
          </Box>
        )}
        renderInput={(params) => <TextField {...params} label={t('explain.permission')} helperText={meaning(permission)} />}
      />
      <TextField
        select
        label={t('explain.store')}
        value={store}
        onChange={(event) => setStore(event.target.value)}
        slotProps={{ select: { displayEmpty: true }, inputLabel: { shrink: true } }}
      >
        <MenuItem value="">{t('explain.anywhere')}</MenuItem>
        {(stores.data?.stores ?? []).map((each) => (
          <MenuItem key={each.id} value={each.id}>
            {each.name}
          </MenuItem>
        ))}
      </TextField>
      <QueryView query={{ ...query, data: query.currentData }} skeleton={<Skeleton variant="rounded" height={140} />}>
        {(answer) => (
          <Box aria-live="polite" data-allowed={answer.allowed}>
            <Alert severity={answer.allowed ? 'success' : 'warning'} variant="outlined">
              {t(answer.allowed ? 'explain.yes' : 'explain.no')}
            </Alert>
            <Box component="ol" sx={{ m: 0, mt: 1.5, paddingInlineStart: 0, listStyle: 'none', display: 'grid', gap: 1 }}>
              {answer.steps.map((step) => (
                <Box component="li" key={step.reason} sx={{ display: 'flex', gap: 1, typography: 'body2' }}>
                  <Icon name={step.passed ? 'check' : 'close'} sx={{ color: step.passed ? 'success.main' : 'error.main', mt: 0.25 }} />
                  <Box component="span" sx={visuallyHidden}>
                    {t(step.passed ? 'explain.passed' : 'explain.stopped')}
                  </Box>
                  <span>{step.reason}</span>
                </Box>
              ))}
            </Box>
            <Routes routes={answer.routes} />
          </Box>
        )}
      </QueryView>
    </FormDialog>
  );
}

function Routes({ routes }: { routes: string[] }) {
  const { t } = useTranslation('admin');
  if (routes.length === 0) {
    return (
      <Typography variant="caption" color="textSecondary" component="p" sx={{ mt: 1.5 }}>
        {t('explain.noRoutes')}
      </Typography>
    );
  }
  return (
    <Disclosure strong summary={t('explain.routes', { count: routes.length })}>
      <Box component="ul" sx={{ m: 0, paddingInlineStart: 2.5, typography: 'caption', fontFamily: 'monospace' }}>
        {routes.map((route) => (
          <li key={route}>{route}</li>
        ))}
      </Box>
    </Disclosure>
  );
}
