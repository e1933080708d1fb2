import Alert from '@mui/material/Alert';
import MenuItem from '@mui/material/MenuItem';
import TextField from '@mui/material/TextField';
import Typography from '@mui/material/Typography';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { AlertCommand, Outcome } from '../../api';
import { serverNow } from '../../api/clock';
import { useFormat } from '../../i18n/useFormat';
import { FormDialog } from '../../ui/FormDialog';
import { OUTCOMES, type Act } from './alert';
import { useAct } from './useAct';
import { useNames } from './useNames';

const HOURS = [1, 4, 12, 24, 72, 168] as const;
const HOUR_MS = 3_600_000;
/** Acts that need more than a press. */
export type AskedAct = Exclude<Act, 'acknowledge' | 'wake'>;

interface ActDialogProps {
  act: AskedAct;
  ids: readonly string[];
  onClose: () => void;
  onDone: () => void;
}

/** What else must be known before something is done: until when, why, by whom, with what end. */
export function ActDialog({ act: kind, ids, onClose, onDone }: ActDialogProps) {
  const { t } = useTranslation('alerts');
  const format = useFormat();
  const names = useNames();
  const { act, busy, error, refused } = useAct();
  const [hours, setHours] = useState(kind === 'suppress' ? '' : '4');
  const [text, setText] = useState('');
  const [outcome, setOutcome] = useState<Outcome | ''>('');
  const [person, setPerson] = useState(names.me);
  const [tried, setTried] = useState(false);
  const until = hours ? new Date(serverNow() + Number(hours) * HOUR_MS).toISOString() : null;
  const needsText = kind === 'suppress' || kind === 'reopen';
  const lacks = (needsText && !text.trim()) || (kind === 'resolve' && !outcome);
  const command = (): AlertCommand => {
    switch (kind) {
      case 'assign':
        return { command: 'assign', user_id: person || null };
      case 'snooze':
        return { command: 'snooze', until: until ?? '' };
      case 'suppress':
        return { command: 'suppress', cause: text.trim(), until };
      case 'resolve':
        return { command: 'resolve', outcome: outcome as Outcome, note: text.trim() };
      case 'reopen':
        return { command: 'reopen', cause: text.trim() };
    }
  };
  const submit = async () => {
    setTried(true);
    if (!lacks && (await act(ids, command()))) onDone();
  };
  const others = names.people.filter((each) => each.id !== names.me);
  return (
    <FormDialog title={t(`ask.${kind}`, { count: ids.length })} submit={t(`act.${kind}`)} onSubmit={submit} onClose={refused.length > 0 ? onDone : onClose} busy={busy} error={error}>
      {refused.length > 0 && (
        <Alert severity="warning" variant="outlined" role="alert">
          {t('refused', { why: refused.join(' ') })}
        </Alert>
      )}
      {kind === 'assign' && (
        <TextField select autoFocus label={t('who')} value={person} onChange={(event) => setPerson(event.target.value)} slotProps={{ select: { displayEmpty: true }, inputLabel: { shrink: true } }} helperText={t('assignHelp')}>
          <MenuItem value={names.me}>{t('me')}</MenuItem>
          {others.map((each) => (
            <MenuItem key={each.id} value={each.id}>
              {each.name || each.email}
            </MenuItem>
          ))}
          <MenuItem value="">{t('nobody')}</MenuItem>
        </TextField>
      )}
      {kind === 'resolve' && (
        <TextField select autoFocus required label={t('outcomeLabel')} value={outcome} error={tried && !outcome} onChange={(event) => setOutcome(event.target.value as Outcome)} helperText={tried && !outcome ? t('outcomeMissing') : outcome ? t(`outcomeMeans.${outcome}`) : undefined}>
          {OUTCOMES.map((each) => (
            <MenuItem key={each} value={each}>
              {t(`outcome.${each}`)}
            </MenuItem>
          ))}
        </TextField>
      )}
      {kind !== 'assign' && kind !== 'snooze' && (
        <TextField
          multiline
          minRows={2}
          autoFocus={needsText}
          required={needsText}
          label={t(needsText ? 'cause' : 'note')}
          value={text}
          onChange={(event) => setText(event.target.value)}
          error={tried && needsText && !text.trim()}
          helperText={tried && needsText && !text.trim() ? t('causeMissing') : t(kind === 'suppress' ? 'causeHelp' : 'textHelp')}
          slotProps={{ htmlInput: { maxLength: 4_000 } }}
        />
      )}
      {(kind === 'snooze' || kind === 'suppress') && (
        <TextField select autoFocus={kind === 'snooze'} label={t('until')} value={hours} onChange={(event) => setHours(event.target.value)} slotProps={{ select: { displayEmpty: true }, inputLabel: { shrink: true } }}>
          {kind === 'suppress' && <MenuItem value="">{t('untilWoken')}</MenuItem>}
          {HOURS.map((each) => (
            <MenuItem key={each} value={String(each)}>
              {t('untilAt', { at: format.time(serverNow() + each * HOUR_MS, 'dayTime') })}
            </MenuItem>
          ))}
        </TextField>
      )}
      {kind === 'snooze' && <Typography variant="body2">{t('snoozeHelp')}</Typography>}
    </FormDialog>
  );
}
