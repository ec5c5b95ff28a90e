"""What is asked of runs, and analyses of data frames that economists may bring themselves.

On any data frame: measures of poverty and inequality with standard errors (`measures`); spells, hazards, survival and
transitions (`spells`, `hazard`, `hazard_model`, `survival`, `transitions`). On scenarios: differences to
counterfactuals (`compare`), what each instrument contributed (`attribution`), and who may fall again (`risk`).
"""
