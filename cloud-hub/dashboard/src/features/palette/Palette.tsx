import Box from '@mui/material/Box';
import Dialog from '@mui/material/Dialog';
import InputBase from '@mui/material/InputBase';
import Typography from '@mui/material/Typography';
import { useEffect, useId, useRef, useState, type KeyboardEvent } from 'react';
import { useTranslation } from 'react-i18next';
import { Icon } from '../../ui/icons';
import { visuallyHidden } from '../../ui/visuallyHidden';
import { find, type Entry } from './find';
import { useEntries } from './useEntries';

const MOST = 50;

/** Type a few letters, press Enter, be there. A combobox whose list is always open (WAI-ARIA APG). */
export default function Palette({ onClose }: { onClose: () => void }) {
  const { t } = useTranslation('tools');
  const id = useId();
  const entries = useEntries();
  const [query, setQuery] = useState('');
  const [at, setAt] = useState(0);
  const list = useRef<HTMLUListElement>(null);
  const shown = find(entries, query, MOST);
  const chosen = shown[Math.min(at, shown.length - 1)];
  const optionId = (entry: Entry) => `${id}-${entry.key}`;
  useEffect(() => {
    list.current?.querySelector('[aria-selected="true"]')?.scrollIntoView?.({ block: 'nearest' });
  }, [chosen?.key]);
  const run = (entry: Entry | undefined) => {
    if (!entry) return;
    onClose();
    entry.run();
  };
  const onKeyDown = (event: KeyboardEvent) => {
    const last = shown.length - 1;
    const here = Math.min(at, last);
    const next = { ArrowDown: here >= last ? 0 : here + 1, ArrowUp: here <= 0 ? last : here - 1, Home: 0, End: last }[event.key];
    if (next !== undefined) setAt(next);
    else if (event.key === 'Enter') run(chosen);
    else return;
    event.preventDefault();
  };
  return (
    <Dialog
      open
      onClose={onClose}
      fullWidth
      maxWidth="sm"
      sx={{ '& .MuiDialog-container': { alignItems: 'flex-start' } }}
      slotProps={{ paper: { 'aria-label': t('palette.label'), sx: { mt: { xs: 2, sm: '12vh' } } } }}
    >
      <Box sx={{ display: 'flex', alignItems: 'center', gap: 1.5, px: 2, borderBottom: 1, borderColor: 'divider' }}>
        <Icon name="search" sx={{ color: 'text.secondary' }} />
        <InputBase
          autoFocus
          fullWidth
          placeholder={t('palette.placeholder')}
          value={query}
          onChange={(event) => {
            setQuery(event.target.value);
            setAt(0);
          }}
          onKeyDown={onKeyDown}
          slotProps={{
            input: {
              role: 'combobox',
              'aria-label': t('palette.placeholder'),
              'aria-expanded': true,
              'aria-controls': `${id}-list`,
              'aria-autocomplete': 'list',
              'aria-activedescendant': chosen && optionId(chosen),
              spellCheck: false,
              autoComplete: 'off',
            },
          }}
          sx={{ minHeight: 56, fontSize: '1.0625rem' }}
        />
      </Box>
      <Box role="status" sx={visuallyHidden}>
        {t('palette.found', { count: shown.length })}
      </Box>
      <Box component="ul" ref={list} id={`${id}-list`} role="listbox" aria-label={t('palette.label')} sx={{ m: 0, p: 1, listStyle: 'none', overflowY: 'auto', maxHeight: '50vh' }}>
        {shown.map((entry) => (
          <Option key={entry.key} id={optionId(entry)} entry={entry} selected={entry === chosen} onRun={() => run(entry)} />
        ))}
      </Box>
      {shown.length === 0 && (
        <Typography variant="body2" color="textSecondary" data-state="no-match" sx={{ px: 2, pb: 2 }}>
          {t('palette.none')}
        </Typography>
      )}
    </Dialog>
  );
}

interface OptionProps {
  id: string;
  entry: Entry;
  selected: boolean;
  onRun: () => void;
}

function Option({ id, entry, selected, onRun }: OptionProps) {
  return (
    <Box
      component="li"
      role="option"
      id={id}
      aria-selected={selected}
      onClick={onRun}
      sx={(theme) => ({
        display: 'flex',
        alignItems: 'center',
        gap: 1.5,
        minHeight: 44,
        paddingInline: 1.25,
        borderRadius: '8px',
        cursor: 'pointer',
        backgroundColor: selected ? theme.palette.tone.info.soft : undefined,
        color: selected ? theme.palette.tone.info.text : undefined,
        outline: selected ? `2px solid ${theme.palette.tone.info.edge}` : undefined,
        outlineOffset: -2,
        '&:hover': { backgroundColor: theme.palette.tone.quiet.soft },
      })}
    >
      <Icon name={entry.icon} />
      <Box component="span" sx={{ flex: 1, minWidth: 0, fontWeight: 600, fontSize: '0.9375rem' }}>
        {entry.label}
      </Box>
      <Typography variant="caption" component="span" sx={{ color: selected ? 'inherit' : 'text.secondary' }}>
        {entry.hint}
      </Typography>
    </Box>
  );
}
