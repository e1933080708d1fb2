import Alert from '@mui/material/Alert';
import Box from '@mui/material/Box';
import Button from '@mui/material/Button';
import Dialog from '@mui/material/Dialog';
import DialogActions from '@mui/material/DialogActions';
import DialogContent from '@mui/material/DialogContent';
import DialogTitle from '@mui/material/DialogTitle';
import TextField from '@mui/material/TextField';
import Typography from '@mui/material/Typography';
import { useId, useState, type FormEvent } from 'react';
import { useTranslation } from 'react-i18next';
import { useCreateEnrolmentToken } from '../../api';
import { isApiError } from '../../api/problem';
import { useFormat } from '../../i18n/useFormat';
import { Icon } from '../../ui/icons';

/** A one-time token for a new device, and the line to type in the store. */
export function ConnectDevice({ storeId, quiet }: { storeId: string; quiet?: boolean }) {
  const { t } = useTranslation();
  const format = useFormat();
  const id = useId();
  const [open, setOpen] = useState(false);
  const [name, setName] = useState('box-1');
  const [create, { data, error, isLoading, reset }] = useCreateEnrolmentToken();
  const close = () => {
    setOpen(false);
    reset();
  };
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (name.trim()) void create({ tokenRequest: { store_id: storeId, device_name: name.trim() } });
  };
  const problem = isApiError(error) && error.kind === 'problem' ? error.problem : null;
  return (
    <>
      <Button variant={quiet ? 'outlined' : 'contained'} startIcon={<Icon name="add" />} onClick={() => setOpen(true)}>
        {t('connect.open')}
      </Button>
      <Dialog open={open} onClose={close} aria-labelledby={id} fullWidth maxWidth="sm">
        <form noValidate onSubmit={submit}>
          <DialogTitle id={id}>{t('connect.title')}</DialogTitle>
          <DialogContent>
            <Box sx={{ display: 'grid', gap: 2, pt: 1 }}>
              {Boolean(error) && (
                <Alert severity="error" role="alert" variant="outlined">
                  {problem?.detail ?? problem?.title ?? t('problem.unreachable.text')}
                </Alert>
              )}
              {data ? (
                <>
                  <Typography variant="body2">{t('connect.run')}</Typography>
                  <Box
                    component="pre"
                    tabIndex={0}
                    sx={{ m: 0, p: 1.5, borderRadius: '8px', bgcolor: 'background.default', border: 1, borderColor: 'divider', whiteSpace: 'pre-wrap', userSelect: 'all' }}
                  >
                    {`vyavs-edge enrol --hub ${location.origin} --token ${data.token}`}
                  </Box>
                  <Typography variant="caption" color="textSecondary">
                    {t('connect.until', { at: format.time(data.expires_at, 'dayTime') })}
                  </Typography>
                </>
              ) : (
                <>
                  <Typography variant="body2">{t('connect.lead')}</Typography>
                  <TextField autoFocus required label={t('connect.name')} value={name} onChange={(event) => setName(event.target.value)} />
                </>
              )}
            </Box>
          </DialogContent>
          <DialogActions sx={{ p: 2 }}>
            <Button onClick={close}>{t(data ? 'close' : 'cancel')}</Button>
            {!data && (
              <Button type="submit" variant="contained" loading={isLoading}>
                {t('connect.submit')}
              </Button>
            )}
          </DialogActions>
        </form>
      </Dialog>
    </>
  );
}
