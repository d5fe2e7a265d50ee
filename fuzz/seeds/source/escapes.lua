return "\a\b\f\n\r\t\v\\\"\'\065\
", '\x', "\300"