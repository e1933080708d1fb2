import Box from '@mui/material/Box';
import Button from '@mui/material/Button';
import InputAdornment from '@mui/material/InputAdornment';
import TextField from '@mui/material/TextField';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useSearchParams } from 'react-router';
import { usePeople, type Person } from '../../../api';
import { useMay } from '../../../app/SessionGate';
import { useFormat } from '../../../i18n/useFormat';
import { Icon } from '../../../ui/icons';
import { Section } from '../../../ui/Section';
import { Notice, QueryView, RowsSkeleton } from '../../../ui/states';
import { useTyped } from '../../../ui/useTyped';
import { Done } from '../Done';
import { AddPersonDialog } from './AddPersonDialog';
import { ChangePersonDialog } from './ChangePersonDialog';
import { ConfirmDialog } from './ConfirmDialog';
import { ExplainDialog } from './ExplainDialog';
import { PeopleTable } from './PeopleTable';
import { calledAs } from './person';

/** What is being done, and to whom. */
export type Act = 'change' | 'explain' | 'invite' | 'end' | 'shutOut' | 'letIn';
type Doing = { act: 'add' } | { act: Act; person: Person };

/** Who may sign in, what they may do, and at which stores. */
export default function PeopleTab() {
  const { t } = useTranslation('admin');
  const { locale } = useFormat();
  const may = useMay();
  const query = usePeople();
  const [params, setParams] = useSearchParams();
  const [doing, setDoing] = useState<Doing | null>(null);
  const [done, setDone] = useState<string | null>(null);
  const search = params.get('q') ?? '';
  const look = (text: string) => setParams(text ? { q: text } : {}, { replace: true });
  const [typed, type] = useTyped(search, look);
  const finish = (text: string) => {
    setDoing(null);
    setDone(text);
  };
  const close = () => setDoing(null);
  const start = (next: Doing) => {
    setDone(null);
    setDoing(next);
  };
  const wanted = search.trim().toLocaleLowerCase(locale);
  const matches = (person: Person) => `${person.name} ${person.email}`.toLocaleLowerCase(locale).includes(wanted);
  return (
    <>
      <Done text={done} onClose={() => setDone(null)} />
      <Section
        title={t('people.title')}
        asOf={query.data?.as_of}
        flush
        actions={
          may('users.write') && (
            <Button variant="contained" startIcon={<Icon name="add" />} onClick={() => start({ act: 'add' })}>
              {t('people.add')}
            </Button>
          )
        }
      >
        <Box role="search" sx={{ paddingInline: { xs: 2, sm: 2.5 }, pt: 0.75, pb: 2 }}>
          <TextField
            size="small"
            type="search"
            label={t('people.search')}
            value={typed}
            onChange={(event) => type(event.target.value)}
            slotProps={{
              input: {
                startAdornment: (
                  <InputAdornment position="start">
                    <Icon name="search" />
                  </InputAdornment>
                ),
              },
            }}
            sx={{ width: '100%', maxWidth: { sm: 340 }, '& .MuiInputBase-root': { minHeight: 44 } }}
          />
        </Box>
        <QueryView query={query} skeleton={<RowsSkeleton rows={5} height={56} />}>
          {(data) => {
            const shown = data.users.filter(matches);
            return shown.length > 0 ? (
              <PeopleTable people={shown} onAct={(act, person) => start({ act, person })} />
            ) : (
              <Notice
                state="no-match"
                role="status"
                icon="search"
                title={t('people.noMatch.title')}
                text={t('people.noMatch.text')}
                action={
                  <Button variant="outlined" onClick={() => look('')}>
                    {t('people.noMatch.clear')}
                  </Button>
                }
              />
            );
          }}
        </QueryView>
      </Section>
      {doing?.act === 'add' && (
        <AddPersonDialog onClose={close} onDone={(person, invited) => finish(t(invited ? 'people.done.invited' : 'people.done.created', { who: calledAs(person) }))} />
      )}
      {doing?.act === 'change' && (
        <ChangePersonDialog id={doing.person.id} onClose={close} onDone={(person) => finish(t('people.done.changed', { who: calledAs(person) }))} />
      )}
      {doing?.act === 'explain' && <ExplainDialog person={doing.person} onClose={close} />}
      {(doing?.act === 'invite' || doing?.act === 'end' || doing?.act === 'shutOut' || doing?.act === 'letIn') && (
        <ConfirmDialog act={doing.act} person={doing.person} onClose={close} onDone={finish} />
      )}
    </>
  );
}
