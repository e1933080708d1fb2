import MenuItem from '@mui/material/MenuItem';
import TextField from '@mui/material/TextField';
import Typography from '@mui/material/Typography';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useAddCaseEntry, type CaseCommand, type CaseFinding } from '../../api';
import { FormDialog } from '../../ui/FormDialog';
import { useNames } from '../alerts/useNames';
import { FINDINGS, type Act } from './case';

/** Acts that need more than a press. */
export type AskedAct = Exclude<Act, 'start_review' | 'close' | 'link'>;

/** What else must be known: by whom, with what finding, why, or what it rests on. */
export function CaseDialog({ act, id, onClose }: { act: AskedAct; id: string; onClose: () => void }) {
  const { t } = useTranslation(['cases', 'alerts']);
  const names = useNames();
  const [add, { isLoading, error }] = useAddCaseEntry();
  const [person, setPerson] = useState(names.me);
  const [finding, setFinding] = useState<CaseFinding | ''>('');
  const [text, setText] = useState('');
  const [tried, setTried] = useState(false);
  const needsText = act === 'propose_close' || act === 'refuse_close' || act === 'reopen';
  const lacks = (needsText && !text.trim()) || (act === 'propose_close' && !finding);
  const command = (): CaseCommand => {
    switch (act) {
      case 'assign':
        return { command: 'assign', user_id: person || null };
      case 'propose_close':
        return { command: 'propose_close', finding: finding as CaseFinding, note: text.trim() };
      default:
        return { command: act, cause: text.trim() };
    }
  };
  const submit = async () => {
    setTried(true);
    if (lacks) return;
    const answer = await add({ id, caseCommand: command() });
    if (answer.data) onClose();
  };
  const others = names.people.filter((each) => each.id !== names.me);
  return (
    <FormDialog title={t(`act.${act}`)} submit={t(`act.${act}`)} onSubmit={submit} onClose={onClose} busy={isLoading} error={error}>
      {act === 'assign' && (
        <TextField select autoFocus label={t('column.who')} value={person} onChange={(event) => setPerson(event.target.value)} slotProps={{ select: { displayEmpty: true }, inputLabel: { shrink: true } }} helperText={t('alerts:assignHelp')}>
          <MenuItem value={names.me}>{t('alerts:me')}</MenuItem>
          {others.map((each) => (
            <MenuItem key={each.id} value={each.id}>
              {each.name || each.email}
            </MenuItem>
          ))}
          <MenuItem value="">{t('alerts:nobody')}</MenuItem>
        </TextField>
      )}
      {act === 'propose_close' && (
        <>
          <Typography variant="body2">{t('proposeHelp')}</Typography>
          <TextField select required autoFocus label={t('findingLabel')} value={finding} error={tried && !finding} onChange={(event) => setFinding(event.target.value as CaseFinding)} helperText={tried && !finding ? t('findingMissing') : finding ? t(`findingMeans.${finding}`) : undefined}>
            {FINDINGS.map((each) => (
              <MenuItem key={each} value={each}>
                {t(`finding.${each}`)}
              </MenuItem>
            ))}
          </TextField>
        </>
      )}
      {act !== 'assign' && (
        <TextField
          required
          multiline
          minRows={2}
          label={t('why')}
          value={text}
          onChange={(event) => setText(event.target.value)}
          error={tried && !text.trim()}
          helperText={tried && !text.trim() ? t('whyMissing') : t('sayHelp')}
          slotProps={{ htmlInput: { maxLength: 4_000 } }}
        />
      )}
    </FormDialog>
  );
}
