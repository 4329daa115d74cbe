import { render } from 'preact';
import { z } from 'zod';
import { App } from './app.tsx';
import './styles/index.css';
import { applyTheme } from './theme.ts';

// zod would try whether it may compile text to code, which the content policy forbids and the console would report.
z.config({ jitless: true });
applyTheme();

const root = document.querySelector('#app');
if (root !== null) render(<App />, root);
