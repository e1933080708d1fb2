import MenuItem from '@mui/material/MenuItem';
import TextField from '@mui/material/TextField';
import Typography from '@mui/material/Typography';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useNavigate } from 'react-router';
import { useOpenCase, type CaseKind, type CaseLink } from '../../api';
import { to } from '../../app/routes';
import { FormDialog } from '../../ui/FormDialog';
import { useNames } from '../alerts/useNames';
import { KINDS } from './case';

interface NewCaseDialogProps {
  store?: string;
  title?: string;
  links?: CaseLink[];
  onClose: () => void;
}

/** A case to be: what is suspected, where, and what it rests on so far. */
export default function NewCaseDialog({ store: given = '', title: called = '', links = [], onClose }: NewCaseDialogProps) {
  const { t } = useTranslation('cases');
  const names = useNames();
  const navigate = useNavigate();
  const [open, { isLoading, error }] = useOpenCase();
  const [kind, setKind] = useState<CaseKind>('loss');
  const [store, setStore] = useState(given);
  const [title, setTitle] = useState(called);
  const [tried, setTried] = useState(false);
  const submit = async () => {
    setTried(true);
    if (!title.trim() || !store) return;
    const answer = await open({ newCase: { kind, store_id: store, title: title.trim(), links } });
    if (answer.data) await navigate(to.case(answer.data.case.id));
  };
  return (
    <FormDialog title={t('add')} submit={t('add')} onSubmit={submit} onClose={onClose} busy={isLoading} error={error}>
      <TextField
        required
        autoFocus
        label={t('name')}
        value={title}
        onChange={(event) => setTitle(event.target.value)}
        error={tried && !title.trim()}
        helperText={tried && !title.trim() ? t('nameMissing') : undefined}
        slotProps={{ htmlInput: { maxLength: 200 } }}
      />
      <TextField select label={t('kind')} value={kind} onChange={(event) => setKind(event.target.value as CaseKind)} helperText={t(`kindMeans.${kind}`)}>
        {KINDS.map((each) => (
          <MenuItem key={each} value={each}>
            {t(`kinds.${each}`)}
          </MenuItem>
        ))}
      </TextField>
      <TextField
        select
        required
        label={t('store')}
        value={names.stores.some((each) => each.id === store) ? store : ''}
        onChange={(event) => setStore(event.target.value)}
        error={tried && !store}
        helperText={tried && !store ? t('storeMissing') : undefined}
      >
        {names.stores.map((each) => (
          <MenuItem key={each.id} value={each.id}>
            {each.name}
          </MenuItem>
        ))}
      </TextField>
      {links.length > 0 && <Typography variant="body2">{t('withLinks', { count: links.length })}</Typography>}
    </FormDialog>
  );
}
