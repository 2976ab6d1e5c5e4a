import { render } from 'preact';
import { App } from './app.tsx';

const place = document.querySelector('#page') ?? document.body.appendChild(document.createElement('div'));
render(<App />, place);
