import Box from '@mui/material/Box';
import Button from '@mui/material/Button';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';

/** A text that is to be taken elsewhere as it stands. */
export function CopyLine({ label, text }: { label: string; text: string }) {
  const { t } = useTranslation();
  const [copied, setCopied] = useState(false);
  return (
    <Box sx={{ borderRadius: '8px', bgcolor: 'background.default', border: 1, borderColor: 'divider' }}>
      <Box
        component="pre"
        tabIndex={0}
        role="region"
        aria-label={label}
        sx={{ m: 0, p: 1.5, whiteSpace: 'pre-wrap', overflowWrap: 'anywhere', userSelect: 'all', maxHeight: 180, overflow: 'auto' }}
      >
        {text}
      </Box>
      {/* Only where the browser lets a page write there: not on plain HTTP but for localhost. */}
      {navigator.clipboard && (
        <Box sx={{ borderTop: 1, borderColor: 'divider', p: 0.5, textAlign: 'end' }}>
          <Button size="small" onClick={() => void navigator.clipboard.writeText(text).then(() => setCopied(true))}>
            {t(copied ? 'copied' : 'copy')}
          </Button>
        </Box>
      )}
    </Box>
  );
}
