include $(sort $(wildcard $(BR2_EXTERNAL_MOS_PATH)/package/*/*.mk))

# The box only installs what others have signed: RAUC without its bundler and without keys in hardware.
RAUC_CONF_OPTS += -Dcreate=false -Dpkcs11_engine=false

# With OpenSSL there, wpa_supplicant asks for all of it; without EAP it uses libcrypto alone, and libssl is not on the root.
WPA_SUPPLICANT_LIBS := -Wl,--as-needed $(WPA_SUPPLICANT_LIBS)
