import Checkbox from '@mui/material/Checkbox';
import FormControl from '@mui/material/FormControl';
import FormControlLabel from '@mui/material/FormControlLabel';
import FormGroup from '@mui/material/FormGroup';
import FormHelperText from '@mui/material/FormHelperText';
import FormLabel from '@mui/material/FormLabel';
import TextField from '@mui/material/TextField';
import Typography from '@mui/material/Typography';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useChangeWebhook, useCreateWebhook, useWebhook, versionOf, type EventKind, type MadeSecret, type Webhook } from '../../../api';
import { PROBLEM, problemOf, refusedIn } from '../../../api/problem';
import { FormDialog } from '../../../ui/FormDialog';
import { QueryView, RowsSkeleton } from '../../../ui/states';

const EVENTS: readonly EventKind[] = ['alert.opened', 'alert.changed', 'alert.resolved', 'job.finished', 'job.failed', 'export.ready', 'report.ready', 'user.created'];

interface WebhookDialogProps {
  id: string | null;
  onClose: () => void;
  onMade: (made: MadeSecret) => void;
}

/** Where another system is called, and about what. */
export function WebhookDialog({ id, onClose, onMade }: WebhookDialogProps) {
  const { t } = useTranslation('office');
  const query = useWebhook({ id: id ?? '' }, { skip: id === null });
  if (id === null) return <Form read={null} onClose={onClose} onMade={onMade} />;
  if (query.data) return <Form read={query.data} onClose={onClose} onMade={onMade} />;
  return (
    <FormDialog title={t('webhooks.change')} onClose={onClose}>
      <QueryView query={query} skeleton={<RowsSkeleton rows={4} height={56} />}>
        {() => null}
      </QueryView>
    </FormDialog>
  );
}

function Form({ read, onClose, onMade }: { read: Webhook | null; onClose: () => void; onMade: (made: MadeSecret) => void }) {
  const { t } = useTranslation('office');
  // What is edited stays at the version it was read at: a newer one is no reason to lose what was typed.
  const [now] = useState(read);
  const [create, creating] = useCreateWebhook();
  const [change, changing] = useChangeWebhook();
  const [name, setName] = useState(now?.name ?? '');
  const [url, setUrl] = useState(now?.url ?? 'https://');
  const [events, setEvents] = useState<readonly EventKind[]>(EVENTS.filter((each) => now?.events.includes(each)));
  const [tried, setTried] = useState(false);
  const noUrl = !/^https?:\/\/\S+\.?\S+/.test(url.trim());
  const refused = refusedIn(creating.error ?? changing.error, ['name', 'url']);
  const said = (field: 'name' | 'url') => {
    const why = refused.at(field);
    return why === undefined ? undefined : t('webhooks.refused', { why });
  };
  const noName = tried && !name.trim() ? t('webhooks.nameMissing') : said('name');
  const wrongUrl = tried && noUrl ? t('webhooks.urlMissing') : said('url');
  /** A refusal stands as long as what it was about does. */
  const edit = (set: (value: string) => void) => (event: { target: { value: string } }) => {
    set(event.target.value);
    creating.reset();
    changing.reset();
  };
  const stale = problemOf(changing.error, PROBLEM.stale) !== null;
  const submit = async () => {
    setTried(true);
    if (!name.trim() || noUrl || events.length === 0) return;
    const said = { name: name.trim(), url: url.trim(), events: [...events] };
    if (now) {
      const answer = await change({ id: now.id, 'If-Match': versionOf(now), webhookChange: said });
      if (answer.data) onClose();
      return;
    }
    const asked = create({ newWebhook: said });
    const answer = await asked;
    if (!answer.data) return;
    onMade(answer.data);
    // The cache of answers is no place for a secret; the dialog's own `reset` would be that of the render before.
    asked.reset();
    onClose();
  };
  return (
    <FormDialog
      title={t(now ? 'webhooks.change' : 'webhooks.add')}
      submit={t(now ? 'save' : 'webhooks.add')}
      onSubmit={submit}
      onClose={onClose}
      busy={creating.isLoading || changing.isLoading}
      error={stale ? undefined : refused.rest}
      maxWidth="sm"
    >
      {stale && (
        <Typography role="alert" variant="body2">
          {t('stale')}
        </Typography>
      )}
      <TextField autoFocus required label={t('webhooks.name')} value={name} onChange={edit(setName)} error={noName !== undefined} helperText={noName} slotProps={{ htmlInput: { maxLength: 120 } }} />
      <TextField required type="url" label={t('webhooks.url')} value={url} onChange={edit(setUrl)} error={wrongUrl !== undefined} helperText={wrongUrl ?? t('webhooks.urlHelp')} />
      <FormControl component="fieldset" error={tried && events.length === 0}>
        <FormLabel component="legend">{t('webhooks.column.events')}</FormLabel>
        <FormGroup>
          {EVENTS.map((each) => (
            <FormControlLabel
              key={each}
              control={<Checkbox checked={events.includes(each)} onChange={(_, on) => setEvents(on ? [...events, each] : events.filter((other) => other !== each))} />}
              label={t(`webhooks.event.${each}`)}
            />
          ))}
        </FormGroup>
        {tried && events.length === 0 && <FormHelperText>{t('webhooks.eventMissing')}</FormHelperText>}
      </FormControl>
    </FormDialog>
  );
}
