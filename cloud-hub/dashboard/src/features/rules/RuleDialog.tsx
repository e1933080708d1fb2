import MenuItem from '@mui/material/MenuItem';
import TextField from '@mui/material/TextField';
import Typography from '@mui/material/Typography';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useChangeRule, useCreateRule, useRule, versionOf, type AlertRule, type RuleScope, type Severity } from '../../api';
import { PROBLEM, problemOf } from '../../api/problem';
import { useMay } from '../../app/SessionGate';
import { FormDialog } from '../../ui/FormDialog';
import { QueryView, RowsSkeleton } from '../../ui/states';
import { SEVERITIES } from '../alerts/alert';
import { conditionOf, draftOf, NEW } from './condition';
import { ConditionFields } from './ConditionFields';
import { RuleRun } from './RuleRun';
import { ScopeFields } from './ScopeFields';

interface RuleDialogProps {
  id: string | null;
  onClose: () => void;
  onMade: (id: string) => void;
}

/** A rule: what it says, what it would have done, and whether it runs. */
export function RuleDialog({ id, onClose, onMade }: RuleDialogProps) {
  const { t } = useTranslation('rules');
  const query = useRule({ id: id ?? '' }, { skip: id === null });
  if (id === null) return <Form read={null} newest={null} onClose={onClose} onMade={onMade} />;
  // What is edited keeps the version it was read at; saving begins anew at the saved one.
  if (query.data) return <Form key={query.data.revision} read={query.data} newest={query.data} onClose={onClose} onMade={onMade} />;
  return (
    <FormDialog title={t('one')} onClose={onClose} maxWidth="sm">
      <QueryView query={query} skeleton={<RowsSkeleton rows={5} height={56} />}>
        {() => null}
      </QueryView>
    </FormDialog>
  );
}

interface FormProps {
  read: AlertRule | null;
  newest: AlertRule | null;
  onClose: () => void;
  onMade: (id: string) => void;
}

function Form({ read, newest, onClose, onMade }: FormProps) {
  const { t } = useTranslation(['rules', 'alerts']);
  const writes = useMay()('rules.write');
  const [now] = useState(read);
  const [create, creating] = useCreateRule();
  const [change, changing] = useChangeRule();
  const [name, setName] = useState(now?.name ?? '');
  const [severity, setSeverity] = useState<Severity>(now?.severity ?? 'warning');
  const [cause, setCause] = useState(now?.cause ?? '');
  const [draft, setDraft] = useState(now ? draftOf(now.condition) : NEW);
  const [scope, setScope] = useState<RuleScope>(now?.scope ?? {});
  const [tried, setTried] = useState(false);
  const [edited, setEdited] = useState(now === null);
  const condition = conditionOf(draft);
  const lacks = !name.trim() || !cause.trim() || condition === null;
  const stale = problemOf(changing.error, PROBLEM.stale) !== null;
  const edit = <T,>(set: (value: T) => void) => (value: T) => {
    setEdited(true);
    set(value);
  };
  const submit = async () => {
    setTried(true);
    if (lacks || condition === null) return;
    const said = { name: name.trim(), severity, cause: cause.trim(), condition, scope };
    if (now) await change({ id: now.id, 'If-Match': versionOf(newest ?? now), ruleChange: said });
    else {
      const answer = await create({ newRule: said });
      if (answer.data) onMade(answer.data.id);
    }
  };
  return (
    <FormDialog
      title={now ? now.name : t('add')}
      submit={writes && edited ? t(now ? 'save' : 'create') : undefined}
      onSubmit={submit}
      onClose={onClose}
      busy={creating.isLoading || changing.isLoading}
      error={stale ? undefined : (creating.error ?? changing.error)}
      maxWidth="sm"
    >
      {stale && (
        <Typography role="alert" variant="body2">
          {t('stale')}
        </Typography>
      )}
      {newest && <RuleRun rule={newest} edited={edited} onGone={onClose} />}
      <TextField
        required
        autoFocus={now === null}
        label={t('name')}
        value={name}
        disabled={!writes}
        onChange={(event) => edit(setName)(event.target.value)}
        error={tried && !name.trim()}
        helperText={tried && !name.trim() ? t('nameMissing') : undefined}
        slotProps={{ htmlInput: { maxLength: 120 } }}
      />
      <TextField select label={t('alerts:severity')} value={severity} disabled={!writes} onChange={(event) => edit(setSeverity)(event.target.value as Severity)}>
        {SEVERITIES.map((each) => (
          <MenuItem key={each} value={each}>
            {t(`alerts:severities.${each}`)}
          </MenuItem>
        ))}
      </TextField>
      <ConditionFields value={draft} onChange={edit(setDraft)} disabled={!writes} tried={tried} />
      <ScopeFields value={scope} onChange={edit(setScope)} disabled={!writes} />
      <TextField
        required
        multiline
        minRows={2}
        label={t('cause')}
        value={cause}
        disabled={!writes}
        onChange={(event) => edit(setCause)(event.target.value)}
        error={tried && !cause.trim()}
        helperText={tried && !cause.trim() ? t('causeMissing') : t('causeHelp')}
      />
    </FormDialog>
  );
}
