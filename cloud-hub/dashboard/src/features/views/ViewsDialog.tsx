import Alert from '@mui/material/Alert';
import Box from '@mui/material/Box';
import Button from '@mui/material/Button';
import IconButton from '@mui/material/IconButton';
import TextField from '@mui/material/TextField';
import Typography from '@mui/material/Typography';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useSearchParams } from 'react-router';
import { useSession } from '../../app/SessionGate';
import { FormDialog } from '../../ui/FormDialog';
import { Icon } from '../../ui/icons';
import { dropView, keepView, LONGEST_NAME, viewsOf, type ViewedPage } from './views';

/** Opens a kept filter, or keeps the present one. */
export default function ViewsDialog({ page, onClose }: { page: ViewedPage; onClose: () => void }) {
  const { t } = useTranslation('tools');
  const { user } = useSession();
  const [params, setParams] = useSearchParams();
  const [views, setViews] = useState(() => viewsOf(user.id, page));
  const [name, setName] = useState('');
  const [fault, setFault] = useState<'missing' | 'full' | null>(null);
  const search = params.toString();
  const submit = () => {
    const given = name.trim();
    if (!given) return setFault('missing');
    if (!keepView(user.id, page, { name: given, search })) return setFault('full');
    onClose();
  };
  const drop = (gone: string) => {
    dropView(user.id, page, gone);
    setViews(viewsOf(user.id, page));
  };
  return (
    <FormDialog title={t('views.title')} submit={t('views.save')} onSubmit={submit} onClose={onClose}>
      {views.length === 0 ? (
        <Typography variant="body2" color="textSecondary">
          {t('views.none')}
        </Typography>
      ) : (
        <Box component="ul" aria-label={t('views.kept')} sx={{ m: 0, p: 0, listStyle: 'none' }}>
          {views.map((view) => (
            <Box component="li" key={view.name} sx={{ display: 'flex', alignItems: 'center', gap: 1, borderBottom: 1, borderColor: 'divider' }}>
              <Button
                onClick={() => {
                  setParams(new URLSearchParams(view.search));
                  onClose();
                }}
                aria-current={view.search === search ? 'true' : undefined}
                sx={{ flex: 1, justifyContent: 'flex-start', textAlign: 'start', minHeight: 44 }}
              >
                {view.name}
              </Button>
              <IconButton aria-label={t('views.drop', { name: view.name })} onClick={() => drop(view.name)}>
                <Icon name="close" />
              </IconButton>
            </Box>
          ))}
        </Box>
      )}
      {fault === 'full' && (
        <Alert severity="error" role="alert" variant="outlined">
          {t('views.full')}
        </Alert>
      )}
      <TextField
        autoFocus
        label={t('views.name')}
        value={name}
        onChange={(event) => {
          setName(event.target.value);
          setFault(null);
        }}
        error={fault === 'missing'}
        helperText={fault === 'missing' ? t('views.missing') : search ? t('views.help') : t('views.plain')}
        slotProps={{ htmlInput: { maxLength: LONGEST_NAME, autoComplete: 'off' } }}
      />
      <Typography variant="caption" color="textSecondary">
        {t('views.where')}
      </Typography>
    </FormDialog>
  );
}
