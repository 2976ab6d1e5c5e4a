import DefaultTheme from 'vitepress/theme';
import './mermaid.css';

export default DefaultTheme;
